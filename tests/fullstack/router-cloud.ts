import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { expect } from 'vitest';
import { command, networkNamespaces, root, type Capability } from '../support/capabilities.ts';
import { startProgram, type NodeProgram } from '../support/node-program.ts';
import { privateHost, type TestHost } from '../support/private-host.ts';
import { realRabbit, startRabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export const routerCloudHere: readonly Capability[] = [root, networkNamespaces, realRabbit, ...['iptables', 'ipset', 'nft', 'ping', 'curl', 'radvd', 'dnsmasq'].map(command)];

export type RouterAgent = 'linuxbridge' | 'l3' | 'dhcp' | 'metadata';

/** A server and one host with agents, as programs of their own over RabbitMQ, and machines outside: what routers are tried on with packets. */
export interface RouterCloud extends AsyncDisposable {
  readonly host: TestHost;
  readonly agents: ReadonlyMap<RouterAgent, NodeProgram>;
  start(name: RouterAgent): NodeProgram;
  request(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  make(kind: string, body: JsonObject): Promise<JsonObject>;
  get(kind: string, id: unknown): Promise<JsonObject>;
  change(kind: string, id: unknown, body: JsonObject): Promise<JsonObject>;
  addInterface(router: JsonObject, subnet: JsonObject): Promise<void>;
  /** Plugs in what Nova would: a machine with the first address of its port. */
  instance(network: JsonObject, name: string, options?: InstanceOptions): Promise<Instance>;
  /** Runs a program on a machine, whatever its exit code. */
  on(machine: string, ...argv: readonly string[]): Promise<string>;
  /** Whether an answer comes within a second: for what is asked again and again, and for what is not to be answered. */
  pings(machine: string, address: string): Promise<boolean>;
  reaches(machine: string, address: string): Promise<void>;
  /** A web server on the machine that tells its name and who asks. */
  answering(machine: string): Promise<void>;
  /** What comes within two seconds: to be asked again, or where nothing is to come. */
  ask(machine: string, address: string): Promise<string>;
  /** The same in the time that a busy machine may take. */
  hears(machine: string, address: string): Promise<string>;
}

export interface InstanceOptions {
  /** More of the port's attributes. */
  readonly port?: JsonObject;
  /** Where its default route leads. */
  readonly gateway?: string;
  /** The machine is to configure itself: no address is set. */
  readonly configuresItself?: boolean;
}

export interface Instance {
  readonly name: string;
  readonly port: JsonObject;
  readonly address: string;
}

const API = 'http://127.0.0.1:9696';
export const NOVA_PORT = 8775;
const secret = 'secret';

/** `wires`: physical networks; on each is a machine of the name, with these addresses. */
export async function openRouterCloud(wires: Readonly<Record<string, readonly string[]>>, names: readonly RouterAgent[]): Promise<RouterCloud> {
  await using opening = new AsyncDisposableStack();
  const directory = opening.use(temporaryDirectory(0o755)).path;
  const host = opening.use(await privateHost());
  const rabbit = opening.use(await startRabbit({ enter: host.enter }));
  const files = (...own: readonly string[]): readonly string[] => ['neutron.conf', ...own].flatMap((name) => ['--config-file', join(directory, name)]);
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  const physical = Object.keys(wires);
  write('neutron.conf', `[DEFAULT]
auth_strategy = noauth
core_plugin = ml2
service_plugins = router,port_forwarding,conntrack_helper
bind_host = 127.0.0.1
host = host-1
state_path = ${directory}
transport_url = rabbit://guest:guest@127.0.0.1:${rabbit.port}/
[agent]
report_interval = 2
[database]
connection = sqlite:///${directory}/neutron.sqlite
`);
  write('ml2_conf.ini', `[ml2]\ntype_drivers = local,flat,vxlan\ntenant_network_types = vxlan\nmechanism_drivers = linuxbridge\nextension_drivers = port_security\n[ml2_type_flat]\nflat_networks = ${physical.join(',')}\n[ml2_type_vxlan]\nvni_ranges = 1:100\n`);
  write('linuxbridge_agent.ini', `[linux_bridge]\nphysical_interface_mappings = ${physical.map((name) => `${name}:w-${name}`).join(',')}\n[vxlan]\nlocal_ip = 172.31.255.1\n[securitygroup]\nfirewall_driver = iptables\n`);
  write('l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\nmin_rtr_adv_interval = 3\nmax_rtr_adv_interval = 5\n[agent]\nextensions = port_forwarding, conntrack_helper\n');
  write('dhcp_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
  write('metadata_agent.ini', `[DEFAULT]\nnova_metadata_host = 127.0.0.1\nnova_metadata_port = ${NOVA_PORT}\nmetadata_proxy_shared_secret = ${secret}\n`);
  for (const [name, addresses] of Object.entries(wires)) {
    await host.run(['ip', 'netns', 'add', name]);
    await host.run(['ip', 'link', 'add', `w-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
    await host.run(['ip', 'link', 'set', `w-${name}`, 'up']);
    await host.run(['ip', '-n', name, '-batch', '-'], { input: ['link set lo up', 'link set eth0 up', ...addresses.map((address) => `address add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`), ''].join('\n') });
  }
  await using migration = startProgram('@neutrino/server/cmd/neutron-db-manage', [...files('ml2_conf.ini'), 'upgrade', 'heads'], host.enter);
  await migration.ended();
  const server = opening.use(startProgram('@neutrino/server/cmd/neutron-server', files('ml2_conf.ini'), host.enter));
  await server.says('the network API answers');
  const stack = opening.move();
  const agents = new Map<RouterAgent, NodeProgram>();

  const on: RouterCloud['on'] = async (machine, ...argv) => (await host.run(argv as [string, ...string[]], { netns: machine, accept: Array.from({ length: 256 }, (_, code) => code) })).stdout;
  const request: RouterCloud['request'] = async (method, path, body) => {
    const data = body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
    const { stdout } = await host.run(['curl', '-sS', '-X', method, '-H', 'X-Project-Id: p1', ...data, `${API}/v2.0/${path}`]);
    const answer: unknown = stdout === '' ? {} : JSON.parse(stdout);
    if (!isJsonObject(answer) || 'NeutronError' in answer) throw new Error(`${method} ${path}: ${stdout}`);
    return answer;
  };
  const path = (kind: string): string => `${kind.replaceAll('_', '-')}s`;
  const only = (kind: string, answer: JsonObject): JsonObject => answer[kind] as JsonObject;
  const pings: RouterCloud['pings'] = async (machine, address) => (await host.run(['ping', '-c', '1', '-W', '1', address], { netns: machine, accept: [1, 2] })).code === 0;
  const fetched = (machine: string, address: string, seconds: number): Promise<string> => on(machine, 'curl', '-s', '--max-time', String(seconds), `http://${address}/`);
  const cloud: RouterCloud = {
    host,
    agents,
    on,
    request,
    pings,
    start(name) {
      const program = stack.use(startProgram(`@neutrino/agent/cmd/neutron-${name}-agent`, files(`${name}_agent.ini`), host.enter));
      agents.set(name, program);
      return program;
    },
    make: async (kind, body) => only(kind, await request('POST', path(kind), { [kind]: body })),
    get: async (kind, id) => only(kind, await request('GET', `${path(kind)}/${String(id)}`)),
    change: async (kind, id, body) => only(kind, await request('PUT', `${path(kind)}/${String(id)}`, { [kind]: body })),
    addInterface: async (router, subnet) => void (await request('PUT', `routers/${String(router['id'])}/add_router_interface`, { subnet_id: subnet['id'] as string })),
    async instance(network, name, { port: more = {}, gateway, configuresItself = false } = {}) {
      const port = await cloud.make('port', { network_id: network['id'], device_id: `instance-${name}`, device_owner: 'compute:nova', 'binding:host_id': 'host-1', ...more });
      const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
      const address = String(fixedIp?.['ip_address']);
      const tap = `tap${String(port['id']).slice(0, 11)}`;
      const mtu = String((await cloud.get('network', network['id']))['mtu']);
      await host.run(['ip', 'netns', 'add', name]);
      await host.run(['ip', 'link', 'add', tap, 'mtu', mtu, 'type', 'veth', 'peer', 'name', 'eth0', 'address', String(port['mac_address']), 'mtu', mtu, 'netns', name]);
      if (configuresItself) await host.run(['sysctl', '-qw', 'net.ipv6.conf.eth0.accept_ra=2', 'net.ipv6.conf.eth0.router_solicitation_interval=1'], { netns: name });
      const setting = configuresItself ? [] : [`address add ${address}/${address.includes(':') ? '64' : '24'} dev eth0`, ...(gateway === undefined ? [] : [`route add default via ${gateway}`])];
      await host.run(['ip', '-n', name, '-batch', '-'], { input: ['link set lo up', 'link set eth0 up', ...setting, ''].join('\n') });
      await host.run(['ip', 'link', 'set', tap, 'up']);
      return { name, port, address };
    },
    async reaches(machine, address) {
      await expect.poll(() => pings(machine, address), { timeout: 60_000, message: `${machine} reaches ${address}` }).toBe(true);
    },
    async answering(machine) {
      const program = `require('node:http').createServer((q, r) => r.end('${machine} hears ' + q.socket.remoteAddress.replace('::ffff:', ''))).listen(80, () => console.log('listens'))`;
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...host.enter, 'ip', 'netns', 'exec', machine, process.execPath, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      stack.defer(() => void child.kill('SIGKILL'));
      await once(child.stdout, 'data');
    },
    ask: (machine, address) => fetched(machine, address, 2),
    hears: (machine, address) => fetched(machine, address, 60),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  for (const name of names) cloud.start(name);
  for (const agent of agents.values()) await agent.says('what this host should be is in place');
  return cloud;
}
