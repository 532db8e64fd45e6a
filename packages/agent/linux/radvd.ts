import { run } from '../privileged/run.ts';
import { findDaemon, type RunningDaemon } from './daemon.ts';

export interface RadvdFiles {
  readonly configuration: string;
  readonly pid: string;
}

/** The running radvd of these files. One of Neutron's agent, or of an older release, may have another file for its process id. */
export function findRadvd({ configuration, pid }: RadvdFiles): RunningDaemon | undefined {
  return findDaemon({ program: 'radvd', argument: configuration, pidFile: pid });
}

/** Starts radvd in the namespace. It makes itself a daemon and tells before what is wrong with its configuration. */
export async function startRadvd(namespace: string, files: RadvdFiles, user: string | null): Promise<void> {
  // Whatever else it may log to would keep our end of its standard error open.
  await run(['radvd', '-C', files.configuration, '-p', files.pid, '-m', 'syslog', ...(user === null ? [] : ['-u', user])], { netns: namespace });
}
