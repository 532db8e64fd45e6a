import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findDaemon, stopDaemon } from '../linux/daemon.ts';

/** Where Neutron's agents have the files of the haproxy of each network and router, which outlives them. */
export interface FormerProxies {
  readonly configurations: string;
  readonly pids: string;
}

export function formerProxiesIn(conf: { readonly state_path: string; readonly external_pids: string }): FormerProxies {
  return { configurations: join(conf.state_path, 'ns-metadata-proxy'), pids: conf.external_pids };
}

/** Ends the one that Neutron's agent left for the network or router, as that agent would: it listens where ours is to. Returns whether there was one. */
export async function endFormerProxy({ configurations, pids }: FormerProxies, id: string): Promise<boolean> {
  const configuration = join(configurations, `${id}.conf`);
  // Its configuration is there before it is, and until after it has ended. A search looks at every process.
  if (!existsSync(configuration)) return false;
  const pidFile = join(pids, `${id}.pid.haproxy`);
  const running = findDaemon({ program: 'haproxy', argument: configuration, pidFile });
  if (running !== undefined) await stopDaemon(running);
  for (const file of [pidFile, configuration]) rmSync(file, { force: true });
  return running !== undefined;
}
