import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { pino } from 'pino';
import { rabbitTransport } from '../support/rabbit-transport.ts';
import { adversarialTransport, type AdversarialTransport } from '../support/adversarial-transport.ts';
import { startMariadb } from '../support/mariadb.ts';
import { startRabbit } from '../support/rabbitmq.ts';
import { simulatedL2Agent, type SimulatedL2Agent } from '../support/simulated-l2-agent.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { apiClient } from './api-client.ts';
import { processorTime, residentMemories } from './api/process-usage.ts';
import { startNetworkServer } from './api/servers.ts';
import { report, type Figure } from './report.ts';

/**
 * Many hosts: agents without a kernel, each with connections and queues of its own to a real RabbitMQ, under a real server with a real
 * MariaDB. `make scale`; SCALE_ARGS="--hosts 100 --ports 2000" for a quick look. Run scripts/build.sh first.
 */
const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    ports: { type: 'string', default: '20000' },
    /** How long the steady state is watched. */
    seconds: { type: 'string', default: '60' },
  },
});
const hostCount = Number(options.hosts);
const portCount = Number(options.ports);
const portsPerProject = 100;
const projectCount = Math.ceil(portCount / portsPerProject);
const log = pino({ level: process.env['SCALE_LOG'] ?? 'silent' });
const figures: Figure[] = [];
const note = (name: string, value: number, unit: string, target?: number): void => {
  figures.push({ name, value, unit, ...(target === undefined ? {} : { target }) });
  process.stderr.write(`${name}: ${String(Math.round(value * 1000) / 1000)} ${unit}\n`);
};

await using stack = new AsyncDisposableStack();
const mariadb = stack.use(await startMariadb({ durable: true }));
const rabbit = stack.use(await startRabbit());
// Servers that run as users of their own would stay behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stack.disposeAsync().finally(() => process.kill(process.pid, 'SIGKILL')));
}
const directory = stack.use(temporaryDirectory());
await mariadb.create('scale');
const launcher = await startNetworkServer('ours', {
  directory, keystone: undefined, servicePassword: '', connection: mariadb.url('scale'), transportUrl: rabbit.url, memcachedPort: undefined, workers: 2, defaults: ['agent_down_time = 75'],
});
const server = stack.use(await launcher.start());
const api = stack.use(apiClient(server.url, { 'x-project-id': 'admin', 'x-roles': 'admin' }));
const make = async (collection: string, body: JsonObject | readonly JsonObject[]): Promise<readonly JsonObject[]> => {
  const one = collection.replaceAll('-', '_').slice(0, -1);
  const answer = await api.json('POST', `/v2.0/${collection}`, Array.isArray(body) ? { [`${one}s`]: body as readonly JsonObject[] } : { [one]: body as JsonObject });
  return (answer[`${one}s`] ?? [answer[one]]) as readonly JsonObject[];
};
const idOf = (object: JsonObject | undefined): string => String(object?.['id']);

interface Cpu {
  readonly server: number;
  readonly database: number;
  readonly at: number;
}
const cpu = (): Cpu => ({ server: processorTime(server.pid), database: processorTime(mariadb.pid), at: performance.now() });
/** Cores that were busy since. */
const cores = (since: Cpu): { readonly server: number; readonly database: number } => {
  const now = cpu();
  return { server: (now.server - since.server) / (now.at - since.at), database: (now.database - since.database) / (now.at - since.at) };
};
const until = async (what: string, holds: () => boolean | Promise<boolean>, seconds = 600): Promise<number> => {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > seconds * 1000) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(5);
  }
  return performance.now() - began;
};

const hostName = (index: number): string => `compute-${String(index)}`;
const devicesOf = new Map<string, string[]>(Array.from({ length: hostCount }, (_, index) => [hostName(index), []]));
let agents: { readonly agent: SimulatedL2Agent; readonly bus: AdversarialTransport; readonly inner: Transport }[] = [];

/** As programs that are all started this moment. */
async function startAgents(): Promise<number> {
  const began = performance.now();
  agents = [...devicesOf].map(([host, devices]) => {
    const inner = rabbitTransport(rabbit.url);
    const bus = adversarialTransport(inner, () => 1);
    bus.heal();
    return { inner, bus, agent: simulatedL2Agent({ transport: bus, host, log, devices }) };
  });
  await Promise.all(agents.map(({ agent }) => agent.inSync));
  return performance.now() - began;
}

async function stopAgents(): Promise<void> {
  const stopping = agents;
  agents = [];
  await Promise.all(
    stopping.map(async ({ agent, inner }) => {
      await agent[Symbol.asyncDispose]();
      await inner[Symbol.asyncDispose]();
    }),
  );
}
stack.defer(stopAgents);
/** Nobody has anything to do any more. */
async function quiet(): Promise<void> {
  const done = (): number => agents.reduce((sum, { agent: { counts } }) => sum + counts.passes + counts.told, 0);
  for (let before = -1; before !== done(); await sleep(2000)) before = done();
}
const isActive = async (count: number): Promise<boolean> => {
  const page = (await api.send('GET', '/v2.0/ports?fields=id&status=ACTIVE&device_owner=compute:nova')).toString();
  return (page.match(/"id"/g) ?? []).length >= count;
};

note('hosts', hostCount, '');
note('agents without ports, all started at once and in sync after', (await startAgents()) / 1000, 's');

// Projects with a network and two groups each; ports go round over the hosts.
interface Project {
  readonly network: string;
  readonly web: string;
  readonly db: string;
  readonly hosts: ReadonlySet<string>;
  readonly webHosts: ReadonlySet<string>;
  readonly dbHosts: ReadonlySet<string>;
  readonly ports: readonly JsonObject[];
}
const projects: Project[] = [];
const creating = performance.now();
for (let number = 0; number < projectCount; number += 1) {
  const project_id = `project-${String(number)}`;
  const network = idOf((await make('networks', { name: 'n', project_id }))[0]);
  await make('subnets', { network_id: network, project_id, ip_version: 4, cidr: '10.0.0.0/16', enable_dhcp: false });
  const web = idOf((await make('security-groups', { name: 'web', project_id }))[0]);
  const db = idOf((await make('security-groups', { name: 'db', project_id }))[0]);
  await make('security-group-rules', { security_group_id: db, project_id, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', remote_group_id: web });
  const size = Math.min(portsPerProject, portCount - number * portsPerProject);
  const hosts = Array.from({ length: size }, (_, index) => hostName((number * portsPerProject + index) % hostCount));
  const group = (index: number): string => (index % 2 === 0 ? web : db);
  const bodies = hosts.map((host, index) => ({ network_id: network, project_id, device_owner: 'compute:nova', device_id: crypto.randomUUID(), 'binding:host_id': host, security_groups: [group(index)] }));
  const ports = await make('ports', bodies);
  ports.forEach((port, index) => devicesOf.get(hosts[index] ?? '')?.push(`tap${idOf(port).slice(0, 11)}`));
  const hostsOf = (wanted: string): ReadonlySet<string> => new Set(hosts.filter((_, index) => group(index) === wanted));
  projects.push({ network, web, db, hosts: new Set(hosts), webHosts: hostsOf(web), dbHosts: hostsOf(db), ports });
}
note('ports', portCount, '');
note('ports created through the API in', (performance.now() - creating) / 1000, 's');
const plugging = performance.now();
for (const { agent } of agents) agent.plug(...(devicesOf.get(agent.host) ?? []));
await until('all ports ACTIVE', async () => {
  await sleep(200);
  return isActive(portCount);
});
note('all devices plugged at once, all ports ACTIVE after', (performance.now() - plugging) / 1000, 's');

// (a) A change of a group.
await sleep(3000);
async function reach(title: string, wanted: ReadonlySet<string>, group: string, change: () => Promise<unknown>): Promise<void> {
  for (const { agent } of agents) agent.groups.clear();
  const told = (): readonly string[] => agents.filter(({ agent }) => agent.groups.has(group)).map(({ agent }) => agent.host);
  const began = performance.now();
  await change();
  await until(title, () => told().length >= wanted.size, 60);
  note(`${title}: the last host told after`, performance.now() - began, 'ms');
  await sleep(2000);
  const reached = new Set(told());
  note(`${title}: hosts that need it`, wanted.size, '');
  note(`${title}: of them told`, [...wanted].filter((host) => reached.has(host)).length, '');
  note(`${title}: others told`, [...reached].filter((host) => !wanted.has(host)).length, '', 0);
}
const [first] = projects;
if (first === undefined) throw new Error('there are no ports');
await reach('rule of a group', first.webHosts, first.web, () => make('security-group-rules', { security_group_id: first.web, direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' }));
await reach('member of a group', first.dbHosts, first.web, () => make('ports', { network_id: first.network, security_groups: [first.web] }));

// (b) The steady state.
await quiet();
const idle = cpu();
await sleep(Number(options.seconds) * 1000);
const steady = cores(idle);
note('steady state: cores that the server uses', steady.server, '', 0.5);
note('steady state: cores that the database uses', steady.database, '');
note('resident memory of the largest process of the server', Math.max(...residentMemories(server.pid)), 'MiB');

// (d) Queues.
const queues = (await rabbit.control('list_queues', 'name')).split('\n').filter((line) => line.trim() !== '');
const ofServer = queues.filter((name) => /^(?:q-|dhcp_agent|l3_agent)/.test(name.trim())).length;
note('queues of all agents', queues.length - ofServer, '');
note('queues for one host with the L2 agent', (queues.length - ofServer) / hostCount, '', 5);

// (e) Away.
const away = agents[1];
if (away === undefined) throw new Error('there are no agents');
const mine = (devicesOf.get(away.agent.host) ?? []).map((device) => device.slice(3));
const portIds = projects.flatMap(({ ports }) => ports.map(idOf));
for (const count of [0, 1, 5, 20]) {
  away.bus.cut();
  for (const prefix of mine.slice(0, count)) {
    const id = portIds.find((candidate) => candidate.startsWith(prefix));
    if (id !== undefined) await api.json('PUT', `/v2.0/ports/${id}`, { port: { allowed_address_pairs: [{ ip_address: `192.0.2.${String(count)}` }] } });
  }
  // Others change as well: ten times as many, and a hundred where there are none of its own.
  for (const id of portIds.filter((candidate) => !mine.some((prefix) => candidate.startsWith(prefix))).slice(0, count === 0 ? 100 : count * 10)) {
    await api.json('PUT', `/v2.0/ports/${id}`, { port: { allowed_address_pairs: [{ ip_address: `192.0.2.${String(100 + count)}` }] } });
  }
  await quiet();
  const before = { ...away.agent.counts };
  const began = performance.now();
  const used = cpu();
  away.bus.mend();
  const isCurrent = (): boolean => mine.slice(0, count).every((prefix) => away.agent.state().ports.get(`tap${prefix}`)?.details.allowed_address_pairs.some(({ ip_address }) => ip_address === `192.0.2.${String(count)}`) === true);
  await until('the agent is current', isCurrent, 60);
  const took = performance.now() - began;
  await sleep(1000);
  const after = cpu();
  note(`away while ${String(count)} of its ports changed (and others'): current after`, took, 'ms');
  note(`away while ${String(count)} of its ports changed: changes told`, away.agent.counts.told - before.told, '');
  note(`away while ${String(count)} of its ports changed: processor time of server and database in that second`, after.server - used.server + after.database - used.database, 'ms');
  note(`away while ${String(count)} of its ports changed: full passes`, away.agent.counts.fullPasses - before.fullPasses, '', 0);
}

// (c) All at once.
const stopping = performance.now();
await stopAgents();
note('all agents stopped at once after', (performance.now() - stopping) / 1000, 's');
await sleep(2000);
const restart = cpu();
const restarted = await startAgents();
note(`${String(hostCount)} agents restarted at once, with their ports: in sync after`, restarted / 1000, 's', 60);
note('restart: cores that the server used', cores(restart).server, '');
note('restart: ports that are ACTIVE', (await isActive(portCount)) ? portCount : 0, '');
report(`${String(hostCount)} simulated hosts, ${String(portCount)} ports`, figures);
