import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, identify } from '@neutrino/allinone/host/process-identity';
import { freePort } from '../../support/free-port.ts';
import type { Keystone } from '../../support/keystone.ts';
import { runProgram } from '../../support/run-program.ts';
import type { TemporaryDirectory } from '../../support/temporary-directory.ts';
import { processTree } from './process-usage.ts';

const BIN = resolve(import.meta.dirname, '../../../bin');
// Debian's programs are Python ones; another Python earlier in PATH must not take them over.
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };
const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 5000;

/** Whose programs: ours, or Debian's. */
export type Make = 'ours' | 'neutron';

export interface Surroundings {
  readonly directory: TemporaryDirectory;
  /** Absent: `auth_strategy = noauth`. */
  readonly keystone: Keystone | undefined;
  readonly servicePassword: string;
  /** `[database] connection`. */
  readonly connection: string;
  readonly transportUrl: string | undefined;
  readonly memcachedPort: number | undefined;
  readonly workers: number;
  /** Default: none. */
  readonly servicePlugins?: string;
  /** Default: linuxbridge alone. */
  readonly mechanismDrivers?: string;
  /** Lines of [DEFAULT]. */
  readonly defaults?: readonly string[];
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its first answer, milliseconds. */
  readonly startMs: number;
}

/** Makes the schema, and starts a server on it with the files that both makes understand. */
export async function startNetworkServer(make: Make, surroundings: Surroundings): Promise<{ start(): Promise<RunningServer> }> {
  const { directory } = surroundings;
  const port = await freePort();
  const [neutron, ml2] = [join(directory.path, `${make}.conf`), join(directory.path, `${make}-ml2.ini`)] as const;
  mkdirSync(join(directory.path, `${make}-state`), { recursive: true });
  writeFileSync(neutron, neutronConf(make, surroundings, port));
  writeFileSync(ml2, ml2Conf(surroundings));
  const files = ['--config-file', neutron, '--config-file', ml2];
  const program = (name: string): string => (make === 'ours' ? join(BIN, name) : `/usr/bin/${name}`);
  const env = make === 'ours' ? { PATH: process.env['PATH'] ?? '' } : ENVIRONMENT;
  await runProgram([program('neutron-db-manage'), ...files, 'upgrade', 'heads'], env);
  return {
    async start() {
      const output = join(directory.path, `${make}.out`);
      const log = openSync(output, 'a');
      const started = performance.now();
      const server = spawn('setpriv', ['--pdeathsig', 'KILL', program('neutron-server'), ...files], { env, cwd: '/', stdio: ['ignore', log, log] });
      const url = `http://127.0.0.1:${port}`;
      await untilAnswers(url, server, output);
      return { url, pid: server.pid ?? 0, startMs: performance.now() - started, [Symbol.asyncDispose]: () => stop(server) };
    },
  };
}

function neutronConf(make: Make, { directory, keystone, servicePassword, connection, transportUrl, memcachedPort, workers, servicePlugins = '', defaults = [] }: Surroundings, port: number): string {
  const authUrl = keystone?.authUrl.replace('/v3', '') ?? '';
  return `
[DEFAULT]
auth_strategy = ${keystone === undefined ? 'noauth' : 'keystone'}
core_plugin = ml2
service_plugins = ${servicePlugins}
bind_host = 127.0.0.1
bind_port = ${port}
api_workers = ${workers}
rpc_workers = 1
state_path = ${join(directory.path, `${make}-state`)}
${make === 'neutron' ? 'api_paste_config = /etc/neutron/api-paste.ini' : ''}
${transportUrl === undefined ? '' : `transport_url = ${transportUrl}`}
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
${defaults.join('\n')}
[experimental]
linuxbridge = true
[database]
connection = ${connection}
[keystone_authtoken]
auth_type = password
auth_url = ${authUrl}
www_authenticate_uri = ${authUrl}
username = neutron
password = ${servicePassword}
project_name = service
user_domain_name = Default
project_domain_name = Default
${memcachedPort === undefined ? '' : `memcached_servers = 127.0.0.1:${memcachedPort}`}
[oslo_concurrency]
lock_path = ${join(directory.path, `${make}-state`)}
`;
}

const ml2Conf = ({ mechanismDrivers = 'linuxbridge' }: Surroundings): string => `
[ml2]
type_drivers = flat,vlan,vxlan,local
tenant_network_types = vxlan
mechanism_drivers = ${mechanismDrivers}
extension_drivers = port_security
[ml2_type_vlan]
network_vlan_ranges = provider
[ml2_type_vxlan]
vni_ranges = 1:5000
`;

async function untilAnswers(url: string, server: ChildProcess, output: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (server.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200 || answer?.status === 300) return;
    await sleep(5);
  }
  throw new Error(`the network service did not come up:\n${readFileSync(output, 'utf8').slice(-3000)}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  const tree = processTree(server.pid ?? 0).flatMap((pid) => identify(pid) ?? []);
  server.kill('SIGTERM');
  // A worker of the real Neutron that is only starting misses the signal, and its parent waits for it for ever.
  const timer = setTimeout(() => {
    for (const member of tree.toReversed()) void end(member, 0);
  }, STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
