import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../support/capabilities.ts';
import { startProgram, type NodeProgram } from '../support/node-program.ts';
import { privateHost, type TestHost } from '../support/private-host.ts';
import { realRabbit, startRabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const API = 'http://127.0.0.1:9696';
const NOVA_PORT = 8775;
const agentPrograms = ['linuxbridge', 'l3', 'metadata'] as const;

/** In place of Nova: says whom it takes the asker for. */
const NOVA = `require('node:http').createServer((q, r) => r.end(q.headers['x-instance-id'])).listen(${NOVA_PORT}, '127.0.0.1')`;

interface Instance {
  readonly port: string;
  readonly address: string;
  readonly namespace: string;
}

describe('routers, from the request to the packet', requires(root, networkNamespaces, realRabbit, command('iptables'), command('ipset'), command('nft'), command('ping'), command('curl')), () => {
  const stack = new AsyncDisposableStack();
  let host: TestHost;
  let files: (...names: readonly string[]) => readonly string[];
  const agents = new Map<string, NodeProgram>();

  const request = async (method: string, path: string, body?: Json): Promise<JsonObject> => {
    const data = body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
    const { stdout } = await host.run(['curl', '-sS', '-X', method, '-H', 'X-Project-Id: p1', ...data, `${API}${path}`]);
    const answer: unknown = stdout === '' ? {} : JSON.parse(stdout);
    if (!isJsonObject(answer)) throw new Error(stdout);
    return answer;
  };
  const make = async (kind: string, body: JsonObject): Promise<JsonObject> => {
    const answer = (await request('POST', `/v2.0/${kind.replaceAll('_', '-')}s`, { [kind]: body }))[kind];
    if (!isJsonObject(answer)) throw new Error(`${kind} was not made`);
    return answer;
  };
  const get = async (kind: string, id: string): Promise<JsonObject> => (await request('GET', `/v2.0/${kind}s/${id}`))[kind] as JsonObject;
  const start = (name: (typeof agentPrograms)[number]): NodeProgram => {
    const program = stack.use(startProgram(`@neutrino/agent/cmd/neutron-${name}-agent`, files(`${name}_agent.ini`), host.enter));
    agents.set(name, program);
    return program;
  };
  const pings = async (from: string, address: string): Promise<boolean> => (await host.run(['ping', '-c', '1', '-W', '1', address], { netns: from, accept: [1, 2] })).code === 0;
  const reaches = async (from: string, address: string): Promise<void> => {
    await expect.poll(() => pings(from, address), { timeout: 20_000 }).toBe(true);
  };
  /** What of a router the kernel has, but for counters. */
  const kernel = async (router: string): Promise<string> =>
    (await host.run(['bash', '-c', `(ip -o link; ip -o -4 address; ip route; iptables-save; ip6tables-save) | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'`], { netns: `qrouter-${router}` })).stdout;
  /** Plugs in what Nova would: an instance with the address that its port was given. */
  const instance = async (network: JsonObject, namespace: string, gateway: string): Promise<Instance> => {
    const port = await make('port', { network_id: network['id'], device_id: `instance-${namespace}`, device_owner: 'compute:nova', 'binding:host_id': 'host-1' });
    const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
    const address = String(fixedIp?.['ip_address']);
    const tap = `tap${String(port['id']).slice(0, 11)}`;
    const mtu = String(network['mtu']);
    await host.run(['ip', 'netns', 'add', namespace]);
    await host.run(['ip', 'link', 'add', tap, 'mtu', mtu, 'type', 'veth', 'peer', 'name', 'eth0', 'address', String(port['mac_address']), 'mtu', mtu, 'netns', namespace]);
    await host.run(['ip', '-n', namespace, '-batch', '-'], { input: `link set lo up\nlink set eth0 up\naddress add ${address}/24 dev eth0\nroute add default via ${gateway}\n` });
    await host.run(['ip', 'link', 'set', tap, 'up']);
    return { port: String(port['id']), address, namespace };
  };

  beforeAll(async () => {
    const directory = stack.use(temporaryDirectory(0o755)).path;
    host = stack.use(await privateHost());
    const rabbit = stack.use(await startRabbit({ enter: host.enter }));
    files = (...names) => ['neutron.conf', ...names].flatMap((name) => ['--config-file', join(directory, name)]);
    const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
    write('neutron.conf', `[DEFAULT]
auth_strategy = noauth
core_plugin = ml2
service_plugins = router
bind_host = 127.0.0.1
host = host-1
state_path = ${directory}
transport_url = rabbit://guest:guest@127.0.0.1:${rabbit.port}/
[agent]
report_interval = 2
[database]
connection = sqlite:///${directory}/neutron.sqlite
`);
    write('ml2_conf.ini', '[ml2]\ntype_drivers = local,flat,vxlan\ntenant_network_types = vxlan\nmechanism_drivers = linuxbridge\nextension_drivers = port_security\n[ml2_type_flat]\nflat_networks = outside\n[ml2_type_vxlan]\nvni_ranges = 1:100\n');
    write('linuxbridge_agent.ini', '[linux_bridge]\nphysical_interface_mappings = outside:outer\n[vxlan]\nlocal_ip = 172.31.255.1\n[securitygroup]\nfirewall_driver = iptables\n');
    write('l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
    write('metadata_agent.ini', `[DEFAULT]\nnova_metadata_host = 127.0.0.1\nnova_metadata_port = ${NOVA_PORT}\nmetadata_proxy_shared_secret = secret\n`);
    // The outside: a machine on a wire.
    await host.run(['ip', 'netns', 'add', 'world']);
    await host.run(['ip', 'link', 'add', 'outer', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'world']);
    await host.run(['ip', 'link', 'set', 'outer', 'up']);
    await host.run(['ip', '-n', 'world', '-batch', '-'], { input: 'link set lo up\nlink set eth0 up\naddress add 203.0.113.1/24 dev eth0\n' });
    await using migration = startProgram('@neutrino/server/cmd/neutron-db-manage', [...files('ml2_conf.ini'), 'upgrade', 'heads'], host.enter);
    await migration.ended();
    const server = stack.use(startProgram('@neutrino/server/cmd/neutron-server', files('ml2_conf.ini'), host.enter));
    await server.says('the network API answers');
    agentPrograms.forEach(start);
    for (const agent of agents.values()) await agent.says('what this host should be is in place');
    const nova = spawn('setpriv', ['--pdeathsig', 'KILL', ...host.enter, process.execPath, '-e', NOVA], { stdio: 'ignore' });
    stack.defer(() => void nova.kill('SIGKILL'));
  });
  afterAll(() => stack.disposeAsync());

  test('two networks reach one another, the world, and metadata; a floating IP is reached, also while the agent is killed; all is gone in the end', async () => {
    const outside = await make('network', { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'outside' });
    await make('subnet', { network_id: outside['id'], cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false });
    const [red, blue] = [await make('network', { name: 'red' }), await make('network', { name: 'blue' })];
    const subnets = [await make('subnet', { network_id: red['id'], cidr: '10.1.0.0/24', ip_version: 4 }), await make('subnet', { network_id: blue['id'], cidr: '10.2.0.0/24', ip_version: 4 })];
    const router = await make('router', { name: 'r', external_gateway_info: { network_id: outside['id'] } });
    const path = `/v2.0/routers/${String(router['id'])}`;
    for (const { id } of subnets) await request('PUT', `${path}/add_router_interface`, { subnet_id: id as string });
    const one = await instance(red, 'one', '10.1.0.1');
    const two = await instance(blue, 'two', '10.2.0.1');
    const [group] = (await request('GET', '/v2.0/security-groups?name=default'))['security_groups'] as readonly JsonObject[];
    await make('security_group_rule', { security_group_id: group?.['id'], direction: 'ingress', protocol: 'icmp', ethertype: 'IPv4' });

    await reaches(one.namespace, two.address);
    await reaches(two.namespace, '203.0.113.1');
    const ports = async (): Promise<readonly unknown[]> => ((await request('GET', `/v2.0/ports?device_id=${String(router['id'])}`))['ports'] as readonly JsonObject[]).map(({ status }) => status);
    await expect.poll(ports, { timeout: 20_000 }).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
    await expect.poll(async () => (await host.run(['curl', '-s', '--max-time', '2', 'http://169.254.169.254/'], { netns: one.namespace, accept: [7, 28, 52] })).stdout, { timeout: 10_000 }).toBe('instance-one');

    const floating = await make('floatingip', { floating_network_id: outside['id'], port_id: one.port });
    const address = String(floating['floating_ip_address']);
    await reaches('world', address);
    await expect.poll(async () => (await get('floatingip', String(floating['id'])))['status'], { timeout: 10_000 }).toBe('ACTIVE');
    const before = await kernel(String(router['id']));
    const watched = host.run(['ping', '-i', '0.1', '-c', '60', '-W', '1', address], { netns: 'world', accept: [1] });
    await agents.get('l3')?.kill();
    await start('l3').says('what this host should be is in place');
    expect((await watched).stdout).toContain('60 packets transmitted, 60 received');
    expect(await kernel(String(router['id']))).toBe(before);

    await request('PUT', `/v2.0/floatingips/${String(floating['id'])}`, { floatingip: { port_id: two.port } });
    await expect.poll(async () => (await host.run(['ip', 'netns', 'exec', `qrouter-${String(router['id'])}`, 'iptables-save', '-t', 'nat'])).stdout, { timeout: 10_000 }).toContain(`--to-destination ${two.address}`);
    await reaches('world', address);
    const [agent] = (await request('GET', '/v2.0/agents?agent_type=L3%20agent'))['agents'] as readonly JsonObject[];
    expect(agent).toMatchObject({ binary: 'neutron-l3-agent', alive: true, host: 'host-1' });

    await request('DELETE', `/v2.0/floatingips/${String(floating['id'])}`);
    for (const { id } of subnets) await request('PUT', `${path}/remove_router_interface`, { subnet_id: id as string });
    await request('DELETE', path);
    await expect.poll(async () => (await host.run(['ip', 'netns', 'list'])).stdout, { timeout: 10_000 }).not.toContain('qrouter-');
  }, 120_000);
});
