import { run } from '../privileged/run.ts';
import { findDaemon, type RunningDaemon } from './daemon.ts';

/** The running dnsmasq that was started with this `--pid-file`. */
export function findDnsmasq(pidFile: string): RunningDaemon | undefined {
  return findDaemon({ program: 'dnsmasq', argument: `--pid-file=${pidFile}`, pidFile });
}

/** Starts dnsmasq in the namespace; resolves when it serves. It makes itself a daemon and tells start-up errors before. */
export async function startDnsmasq(namespace: string, argv: readonly [string, ...string[]]): Promise<void> {
  await run(argv, { netns: namespace });
}
