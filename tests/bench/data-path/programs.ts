import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JsonObject } from '@neutrino/lib/json';
import { startOnHost, type HostProgram } from '../../support/hosts/host-program.ts';
import { openNamespaces } from '../../support/hosts/namespaces.ts';
import { openRelay } from '../../support/hosts/relay.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { startRabbit } from '../../support/rabbitmq.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { startNetworkServer } from '../api/servers.ts';
import { list, until, type Installation } from './installation.ts';

const BIN = resolve(import.meta.dirname, '../../../bin');
const HOST = 'bench-host';
const agentNames = ['linuxbridge', 'dhcp', 'metadata'] as const;

/** Programs of their own: the server (two workers) on MariaDB, and on a host the three agents, with RabbitMQ between them. */
export async function programs(): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  let owner: AsyncDisposableStack = stack;
  const directory = stack.use(temporaryDirectory(0o755));
  const [host, mariadb] = await Promise.all([openNamespaces(HOST), startMariadb({ durable: true })]);
  stack.use(host);
  stack.use(mariadb);
  await mariadb.create('neutron');
  const rabbit = stack.use(await startRabbit({ enter: host.enter }));
  const relay = stack.use(openRelay(host));
  const url = (port: number): string => `rabbit://guest:guest@127.0.0.1:${port}/`;

  const surroundings = {
    directory, keystone: undefined, servicePassword: '', memcachedPort: undefined, workers: 2,
    connection: mariadb.url('neutron'), transportUrl: url(await relay.to('127.0.0.1', rabbit.port)),
  };
  const server = stack.use(await (await startNetworkServer('ours', surroundings)).start());

  const file = (name: string, text: string): string => {
    writeFileSync(join(directory.path, name), text);
    return join(directory.path, name);
  };
  const common = file('agents.conf', `[DEFAULT]\nhost = ${HOST}\nstate_path = ${join(directory.path, 'agents')}\ntransport_url = ${url(rabbit.port)}\n`);
  const own = {
    linuxbridge: file('linuxbridge_agent.ini', '[vxlan]\nlocal_ip = 172.31.255.1\n[securitygroup]\nfirewall_driver = iptables\n'),
    dhcp: file('dhcp_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\nenable_isolated_metadata = true\n'),
    metadata: file('metadata_agent.ini', '[DEFAULT]\nnova_metadata_host = 127.0.0.1\n'),
  };
  mkdirSync(join(directory.path, 'agents'));
  await host.run(['ip', '-batch', '-'], { input: 'link add tun0 type veth peer name tun1\naddress add 172.31.255.1/24 dev tun0\nlink set tun0 up\nlink set tun1 up\n' });
  const running = new Map<string, HostProgram>();
  const start = async (name: (typeof agentNames)[number]): Promise<void> => {
    const argv = [join(BIN, `neutron-${name}-agent`), '--config-file', common, '--config-file', own[name]];
    running.set(name, owner.use(await startOnHost(host, name, join(directory.path, `${name}.out`), argv)));
  };
  const request = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'x-project-id': 'bench' } };
    const response = await fetch(`${server.url}${path}`, { method, headers: { 'x-project-id': 'bench' }, ...sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as JsonObject);
  };
  const installation: Omit<Installation, typeof Symbol.asyncDispose> = {
    name: 'programs of their own (RabbitMQ, MariaDB)',
    host,
    hostName: HOST,
    projectId: 'bench',
    request,
    agents: () => Object.fromEntries([...running].map(([name, { pid }]) => [`${name} agent`, pid])),
    async restartAround(meanwhile) {
      await running.get('linuxbridge')?.stop();
      await meanwhile();
      const asked = performance.now();
      await start('linuxbridge');
      return asked;
    },
  };
  await Promise.all(agentNames.map(start));
  const owned = stack.move();
  owner = owned;
  const service = { ...installation, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  await until('the agents', async () => ((await list(service, 'agents', 'fields=alive')).filter(({ alive }) => alive === true).length === agentNames.length ? true : undefined), 50);
  return service;
}
