import { run, type RunOptions, type RunResult } from '@neutrino/agent/privileged/run';

/** The Linux host on which the agents and instances act: this machine itself, or a private one. */
export interface Host {
  /** What stands before a program's name so that it runs on this host; empty for the machine itself. */
  readonly enter: readonly string[];
  readonly isPrivate: boolean;
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunResult>;
}

export function hostEnteredBy(enter: readonly string[]): Host {
  return {
    enter,
    isPrivate: enter.length > 0,
    run(argv, { netns, ...options } = {}) {
      const inside = netns === undefined ? argv : ['ip', 'netns', 'exec', netns, ...argv];
      return run([...enter, ...inside] as [string, ...string[]], options);
    },
  };
}

/** `--host-network`: this machine's own network. */
export const machineHost: Host = hostEnteredBy([]);
