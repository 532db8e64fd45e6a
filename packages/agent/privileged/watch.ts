import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface WatchOptions {
  readonly onLine: (line: string) => void;
  /** Called at every start but the first, before its first line: what happened in between was not seen. */
  readonly onRestart: () => void;
  readonly restartDelayMs?: number;
}

/** Runs a program that prints a line for each event for as long as it is not disposed, and starts it again when it ends. */
export function watchLines(argv: readonly [string, ...string[]], options: WatchOptions): AsyncDisposable {
  // A program that waits for events would not notice that its reader was killed until the next event.
  const [program, ...args] = ['setpriv', '--pdeathsig', 'KILL', '--', ...argv] as const;
  let stop: () => void = () => undefined;
  let stopped = false;

  const runOnce = (): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C' } });
      createInterface({ input: child.stdout }).on('line', options.onLine);
      child.on('error', () => resolve());
      child.on('close', () => resolve());
      stop = () => child.kill('SIGKILL');
    });

  const loop = async (): Promise<void> => {
    for (let first = true; !stopped; first = false) {
      if (!first) options.onRestart();
      await runOnce();
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.restartDelayMs ?? 500);
        stop = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const done = loop();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      stop();
      await done;
    },
  };
}
