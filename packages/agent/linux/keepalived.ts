import { run } from '../privileged/run.ts';
import { findDaemon, type RunningDaemon } from './daemon.ts';

export interface KeepalivedFiles {
  readonly configuration: string;
  readonly pid: string;
  /** Of the process that speaks VRRP. */
  readonly vrrpPid: string;
}

/** The running keepalived of these files. */
export function findKeepalived({ configuration, pid }: KeepalivedFiles): RunningDaemon | undefined {
  return findDaemon({ program: 'keepalived', argument: configuration, pidFile: pid });
}

/** Starts keepalived in the namespace, for VRRP alone. It makes itself a daemon. */
export async function startKeepalived(namespace: string, { configuration, pid, vrrpPid }: KeepalivedFiles): Promise<void> {
  await run(['keepalived', '-P', '-f', configuration, '-p', pid, '-r', vrrpPid, '-D'], { netns: namespace });
}
