import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { HostProgram } from './hosts/host-program.ts';
import type { LabHost } from './hosts/lab-host.ts';
import { openLabHosts } from './hosts/lab-hosts.ts';
import { openRelay } from './hosts/relay.ts';
import { endPing, type PingRecord } from './ping-record.ts';
import { startRabbit } from './rabbitmq.ts';
import { steadyConnection } from './steady-connection.ts';

/**
 * A highly available router with a floating IP on two hosts of three; on the third one are the server, an instance behind the router, and a machine outside.
 * All programs are real, RabbitMQ and keepalived among them.
 */
export interface HaRoutersLab extends AsyncDisposable {
  /** Where the router can be. */
  readonly routerHosts: readonly [LabHost, LabHost];
  readonly routerId: string;
  /** Host → `ha_state`, as the API tells it. */
  states(): Promise<Readonly<Record<string, string>>>;
  /** The host where the copy is active by the API, once exactly one is. */
  untilOneIsActive(timeoutMs?: number): Promise<LabHost>;
  /** Hosts whose copy has the router's inside address. */
  hostsWithAddress(): Promise<readonly string[]>;
  startL3(host: LabHost): Promise<void>;
  killL3(host: LabHost): Promise<void>;
  /** Until its end the L3 agent there stands still. */
  holdL3(host: LabHost): Disposable;
  /** What the programs on all hosts wrote last. */
  lastWords(): string;
  inNamespace(host: LabHost, ...argv: readonly [string, ...string[]]): Promise<string>;
  list(path: string, key: string): Promise<readonly JsonObject[]>;
  request(method: string, path: string, body?: Json): Promise<JsonObject>;
  /** A TCP connection from the machine outside to the floating IP. */
  connection(): Promise<LabConnection>;
  /** Next hops of the instance's default routes of IPv6, of which it knows by advertisements alone. */
  defaultRoutesOfIpv6(): Promise<string>;
  /** Whether the instance reaches an address by IPv6 through the router. */
  reachesByIpv6(): Promise<boolean>;
  /** A ping every tenth of a second from the machine outside to the floating IP, and from the instance to the machine outside, until it is stopped. */
  traffic(): Promise<Traffic>;
}

export interface LabConnection extends AsyncDisposable {
  /** How many bytes have arrived by now; none where it has broken. */
  acknowledged(): Promise<number>;
}

export interface Traffic {
  /** Ends it. The longest time without an answer of each, seconds, and how many were lost. */
  stop(): Promise<{ readonly toFloatingIp: Silence; readonly fromInside: Silence }>;
}

export interface Silence extends PingRecord {
  readonly longest: number;
}

const OUTSIDE = '203.0.113.200';
const INSIDE = '10.7.0.1';
const ELSEWHERE = 'fd00:8::1';
const PING_SECONDS = 0.1;
/** Characters of each program. */
const LAST_WORDS = 6_000;

export interface HaRoutersLabOptions {
  /** Lines of l3_agent.ini. */
  readonly l3?: string;
  /** What is sent to all of a network goes to a group of hosts, or the server tells which hosts it goes to and what is where. */
  readonly tunnels?: 'group' | 'l2population';
}

export async function openHaRoutersLab({ l3 = '', tunnels = 'group' }: HaRoutersLabOptions = {}): Promise<HaRoutersLab> {
  const isPopulated = tunnels === 'l2population';
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openLabHosts(3));
  const [controller, ...others] = lab.hosts as unknown as readonly [LabHost, LabHost, LabHost];
  const agents = new Map<string, HostProgram>();
  const started = stack.use(new AsyncDisposableStack());
  stack.use(await startRabbit({ enter: controller.enter, settings: [`listeners.tcp.3 = ${controller.address}:5672`, 'loopback_users = none'] }));
  const program = (host: LabHost, name: string, module: string, ...files: readonly string[]): Promise<HostProgram> =>
    host.start(name, [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve(module)), ...['neutron.conf', ...files].flatMap((file) => ['--config-file', `/etc/neutron/${file}`])]);
  for (const host of lab.hosts) {
    host.write('/etc/neutron/neutron.conf', `[DEFAULT]
auth_strategy = noauth
core_plugin = ml2
service_plugins = router
bind_host = ${controller.address}
api_workers = 1
agent_down_time = 5
transport_url = rabbit://guest:guest@${controller.address}:5672/
[agent]
report_interval = 1
[database]
connection = sqlite:////var/lib/neutron/neutron.sqlite
`);
    host.write('/etc/neutron/ml2_conf.ini', `[ml2]\ntype_drivers = vxlan\ntenant_network_types = vxlan\nmechanism_drivers = linuxbridge${isPopulated ? ',l2population' : ''}\nextension_drivers = port_security\n[ml2_type_vxlan]\nvni_ranges = 1:100\n`);
    host.write('/etc/neutron/linuxbridge_agent.ini', `[vxlan]\nlocal_ip = ${host.address}\nl2_population = ${isPopulated}\n[securitygroup]\nfirewall_driver = iptables\n`);
    host.write('/etc/neutron/l3_agent.ini', `[DEFAULT]\ninterface_driver = linuxbridge\n${l3}`);
    await host.run(['mkdir', '-p', '/var/lib/neutron']);
  }
  const upgrade = await controller.start('upgrade', [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve('@neutrino/server/cmd/neutron-db-manage')), '--config-file', '/etc/neutron/neutron.conf', 'upgrade', 'heads']);
  if ((await upgrade.ended()) !== 0) throw new Error(upgrade.output());
  const server = stack.use(await program(controller, 'server', '@neutrino/server/cmd/neutron-server', 'ml2_conf.ini'));
  await server.says('the network API answers');
  const api = `http://127.0.0.1:${await stack.use(openRelay(controller)).to(controller.address, 9696)}`;
  const request = async (method: string, path: string, body?: Json): Promise<JsonObject> => {
    const response = await fetch(`${api}${path}`, { method, headers: { 'X-Project-Id': 'p1', 'Content-Type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    const answer: unknown = text === '' ? {} : JSON.parse(text);
    if (!response.ok || !isJsonObject(answer)) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return answer;
  };
  const made = async (path: string, body: JsonObject): Promise<JsonObject> => Object.values(await request('POST', `/v2.0/${path}`, body))[0] as JsonObject;
  const list: HaRoutersLab['list'] = async (path, key) => (await request('GET', `/v2.0/${path}`))[key] as readonly JsonObject[];

  const startL3 = async (host: LabHost): Promise<void> => void agents.set(host.name, started.use(await program(host, 'l3', '@neutrino/agent/cmd/neutron-l3-agent', 'l3_agent.ini')));
  for (const host of lab.hosts) stack.use(await program(host, 'linuxbridge', '@neutrino/agent/cmd/neutron-linuxbridge-agent', 'linuxbridge_agent.ini'));
  for (const host of others) await startL3(host);
  await until(async () => (await list('agents', 'agents')).filter(({ alive }) => alive === true).length === 5, 180_000, 'the agents report');

  const outside = await made('networks', { network: { name: 'outside', 'router:external': true } });
  await made('subnets', { subnet: { network_id: outside['id'] ?? '', cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false, gateway_ip: OUTSIDE, allocation_pools: [{ start: '203.0.113.10', end: '203.0.113.99' }] } });
  const inside = await made('networks', { network: { name: 'inside' } });
  const subnet = await made('subnets', { subnet: { network_id: inside['id'] ?? '', cidr: '10.7.0.0/24', ip_version: 4, enable_dhcp: false } });
  const subnet6 = await made('subnets', { subnet: { network_id: inside['id'] ?? '', cidr: 'fd00:7::/64', ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } });
  const router = await made('routers', { router: { ha: true, external_gateway_info: { network_id: outside['id'] ?? '' } } });
  const routerId = String(router['id']);
  const elsewhere = await made('networks', { network: { name: 'elsewhere' } });
  const elsewhere6 = await made('subnets', { subnet: { network_id: elsewhere['id'] ?? '', cidr: 'fd00:8::/64', ip_version: 6, gateway_ip: ELSEWHERE, enable_dhcp: false } });
  for (const { id = '' } of [subnet, subnet6, elsewhere6]) await request('PUT', `/v2.0/routers/${routerId}/add_router_interface`, { subnet_id: id });

  /** A machine with a port: a namespace with the address of the port. */
  const machine = async (name: string, attributes: JsonObject, gateway?: string): Promise<JsonObject> => {
    const port = await made('ports', { port: { device_id: name, device_owner: 'compute:nova', 'binding:host_id': controller.name, port_security_enabled: false, ...attributes } });
    const tap = `tap${String(port['id']).slice(0, 11)}`;
    const [{ ip_address: address } = {}] = port['fixed_ips'] as readonly JsonObject[];
    await controller.run(['ip', 'netns', 'add', name]);
    await controller.run(['ip', 'link', 'add', tap, 'mtu', '1450', 'type', 'veth', 'peer', 'name', 'eth0', 'address', String(port['mac_address']), 'mtu', '1450', 'netns', name]);
    await controller.run(['ip', '-n', name, '-batch', '-'], { input: `link set lo up\nlink set eth0 up\naddress add ${String(address)}/24 dev eth0\n${gateway === undefined ? '' : `route add default via ${gateway}\n`}` });
    await controller.run(['ip', 'link', 'set', tap, 'up']);
    return port;
  };
  const guest = await machine('guest', { network_id: inside['id'] ?? '', fixed_ips: [{ subnet_id: subnet['id'] ?? '', ip_address: '10.7.0.9' }] }, INSIDE);
  await machine('world', { network_id: outside['id'] ?? '', fixed_ips: [{ ip_address: OUTSIDE }] });
  const floating = await made('floatingips', { floatingip: { floating_network_id: outside['id'] ?? '', port_id: guest['id'] ?? '', fixed_ip_address: '10.7.0.9' } });

  const inNamespace: HaRoutersLab['inNamespace'] = async (host, ...argv) => (await host.run(argv, { netns: `qrouter-${routerId}`, accept: [1, 2] })).stdout;
  const states = async (): Promise<Readonly<Record<string, string>>> => Object.fromEntries((await list(`routers/${routerId}/l3-agents`, 'agents')).map(({ host, ha_state: state }) => [String(host), String(state)]));
  const running = stack.move();
  return {
    routerHosts: others,
    routerId,
    states,
    list,
    request,
    startL3,
    killL3: async (host) => agents.get(host.name)?.kill(),
    holdL3(host) {
      const agent = agents.get(host.name);
      agent?.signal('SIGSTOP');
      return { [Symbol.dispose]: () => agent?.signal('SIGCONT') };
    },
    lastWords: () => lab.hosts.flatMap((host) => ['server', 'linuxbridge', 'l3'].flatMap((name) => (existsSync(host.path(`/var/log/${name}.out`)) ? [`${host.name} ${name}:\n${host.read(`/var/log/${name}.out`).slice(-LAST_WORDS)}`] : []))).join('\n'),
    inNamespace,
    async untilOneIsActive(timeoutMs = 120_000) {
      let active: LabHost | undefined;
      await until(async () => {
        const entries = Object.entries(await states());
        const names = entries.filter(([, state]) => state === 'active').map(([name]) => name);
        active = others.find(({ name }) => name === names[0]);
        return entries.length === 2 && names.length === 1;
      }, timeoutMs, 'one copy is active');
      if (active === undefined) throw new Error('no copy is active');
      return active;
    },
    async hostsWithAddress() {
      const found = await Promise.all(others.map(async (host) => ((await inNamespace(host, 'ip', '-br', 'address')).includes(`${INSIDE}/`) ? [host.name] : [])));
      return found.flat();
    },
    async connection() {
      const within = (name: string): readonly string[] => [...controller.enter, 'ip', 'netns', 'exec', name];
      const held = await steadyConnection({ from: within('world'), to: within('guest'), address: String(floating['floating_ip_address']), at: '10.7.0.9', port: 7001 });
      return {
        async acknowledged() {
          const { stdout } = await controller.run(['ss', '-Htni', 'dport', '=', ':7001'], { netns: 'world' });
          return Number(/bytes_acked:(\d+)/.exec(stdout)?.[1] ?? 0);
        },
        [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
      };
    },
    defaultRoutesOfIpv6: async () => (await controller.run(['ip', '-6', 'route', 'show', 'default'], { netns: 'guest' })).stdout,
    reachesByIpv6: async () => (await controller.run(['ping', '-n', '-c', '1', '-W', '1', ELSEWHERE], { netns: 'guest', accept: [1, 2] })).code === 0,
    async traffic() {
      const target = String(floating['floating_ip_address']);
      const reaches = async (name: string, address: string): Promise<boolean> => (await controller.run(['ping', '-c', '1', '-W', '1', address], { netns: name, accept: [1, 2] })).code === 0;
      await until(async () => (await reaches('world', target)) && (await reaches('guest', OUTSIDE)), 120_000, 'the router routes');
      const start = (name: string, address: string): Promise<HostProgram> => controller.start(`ping-${name}-${crypto.randomUUID()}`, ['ip', 'netns', 'exec', name, 'ping', '-n', '-D', '-O', '-i', String(PING_SECONDS), '-W', '1', address]);
      const [toFloatingIp, fromInside] = [await start('world', target), await start('guest', OUTSIDE)];
      return {
        async stop() {
          const silenceOf = async (ping: HostProgram): Promise<Silence> => ({ ...(await endPing(ping)), longest: longestIn(ping.output()) });
          return { toFloatingIp: await silenceOf(toFloatingIp), fromInside: await silenceOf(fromInside) };
        },
      };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Reads what `ping -D -O` wrote. */
function longestIn(output: string): number {
  const times = [...output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from .* icmp_seq=\d+ /gm)].map(([, time]) => Number(time));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return Math.max(0, ...gaps);
}

async function until(isSo: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await isSo()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`not so in time: ${what}`);
  }
}
