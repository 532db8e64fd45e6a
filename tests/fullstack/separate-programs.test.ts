import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../support/capabilities.ts';
import { startProgram, type NodeProgram } from '../support/node-program.ts';
import { privateHost, type TestHost } from '../support/private-host.ts';
import { realRabbit, startRabbit, type Rabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const API = 'http://127.0.0.1:9696';
const NOVA_PORT = 8775;
const SECRET = 'shared secret';
const agentPrograms = ['linuxbridge', 'dhcp', 'metadata'] as const;

/** In place of Nova: says what it was asked. */
const NOVA = `require('node:http').createServer((q, r) => r.end(JSON.stringify({ path: q.url, headers: q.headers }))).listen(${NOVA_PORT}, '127.0.0.1')`;

const INSTANCE = '7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e';
const COMPUTE_PORT = 8774;
/** In place of Nova's API: notes in a file what it is told. */
const NOVA_API = `require('node:http').createServer((q, r) => {
  let text = '';
  q.on('data', (part) => (text += part)).on('end', () => {
    const { events } = JSON.parse(text);
    require('node:fs').appendFileSync(process.argv[1], events.map(({ name, server_uuid, status }) => [name, server_uuid, status].join(' ').trim() + '\\n').join(''));
    r.end(JSON.stringify({ events: events.map((event) => ({ ...event, code: 200 })) }));
  });
}).listen(${COMPUTE_PORT}, '127.0.0.1')`;

function startNova({ enter }: TestHost): Disposable {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...enter, process.execPath, '-e', NOVA], { stdio: 'ignore' });
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

/** `notes`: the file that takes what it is told. */
function startNovaApi({ enter }: TestHost, notes: string): Disposable & { readonly told: () => readonly string[] } {
  writeFileSync(notes, '');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...enter, process.execPath, '-e', NOVA_API, notes], { stdio: 'ignore' });
  return { told: () => readFileSync(notes, 'utf8').trim().split('\n'), [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

describe('server and agents as programs of their own, on one host, over RabbitMQ', requires(root, networkNamespaces, realRabbit, command('dnsmasq'), command('udhcpc'), command('iptables'), command('ipset'), command('nft')), () => {
  const stack = new AsyncDisposableStack();
  let host: TestHost;
  let rabbit: Rabbit;
  let directory: string;
  let server: NodeProgram;
  const agents = new Map<string, NodeProgram>();
  let files: (program: string) => readonly string[];

  const request = async (method: string, path: string, body?: Json): Promise<JsonObject> => {
    const data = body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
    const { stdout } = await host.run(['curl', '-sS', '-X', method, '-H', 'X-Project-Id: p1', ...data, `${API}${path}`]);
    const answer: unknown = stdout === '' ? {} : JSON.parse(stdout);
    if (!isJsonObject(answer)) throw new Error(stdout);
    return answer;
  };
  const made = async (path: string, body: JsonObject): Promise<JsonObject> => {
    const [object] = Object.values(await request('POST', path, body));
    if (!isJsonObject(object) || object['id'] === undefined) throw new Error(`POST ${path}: ${JSON.stringify(object)}`);
    return object;
  };
  const agentList = async (): Promise<readonly JsonObject[]> => (await request('GET', '/v2.0/agents'))['agents'] as readonly JsonObject[];
  const startAgent = (name: (typeof agentPrograms)[number]): void =>
    void agents.set(name, stack.use(startProgram(`@neutrino/agent/cmd/neutron-${name}-agent`, files(`${name}_agent.ini`), host.enter)));

  beforeAll(async () => {
    directory = stack.use(temporaryDirectory(0o755)).path;
    host = stack.use(await privateHost());
    rabbit = stack.use(await startRabbit({ enter: host.enter }));
    await rabbit.control('add_user', 'open/stack', 'pass@word:%');
    await rabbit.control('set_permissions', 'open/stack', '.*', '.*', '.*');
    const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
    files = (...names) => ['neutron.conf', ...names].flatMap((name) => ['--config-file', join(directory, name)]);
    write(
      'neutron.conf',
      `[DEFAULT]
auth_strategy = noauth
core_plugin = ml2
service_plugins =
bind_host = 127.0.0.1
host = host-1
state_path = ${directory}
transport_url = rabbit://open%2Fstack:pass%40word%3A%25@127.0.0.1:1,open%2Fstack:pass%40word%3A%25@[::1]:${rabbit.port}/
[agent]
report_interval = 2
[database]
connection = sqlite:///${directory}/neutron.sqlite
[nova]
auth_type = admin_token
token = token
endpoint = http://127.0.0.1:${COMPUTE_PORT}/v2.1
[oslo_messaging_rabbit]
kombu_reconnect_delay = 0.2
rabbit_retry_backoff = 0
`,
    );
    write('ml2_conf.ini', '[ml2]\ntype_drivers = local,flat,vxlan\ntenant_network_types = vxlan\nmechanism_drivers = linuxbridge\nextension_drivers = port_security\n[ml2_type_vxlan]\nvni_ranges = 1:100\n');
    write('linuxbridge_agent.ini', '[vxlan]\nlocal_ip = 172.31.255.1\n[securitygroup]\nfirewall_driver = iptables\n');
    write('dhcp_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\nenable_isolated_metadata = true\n');
    write('metadata_agent.ini', `[DEFAULT]\nnova_metadata_host = 127.0.0.1\nnova_metadata_port = ${NOVA_PORT}\nmetadata_proxy_shared_secret = ${SECRET}\n`);
    await using migration = startProgram('@neutrino/server/cmd/neutron-db-manage', [...files('ml2_conf.ini'), 'upgrade', 'heads'], host.enter);
    await migration.ended();
    // The agents first: a fleet does not wait for its server.
    agentPrograms.forEach(startAgent);
    server = stack.use(startProgram('@neutrino/server/cmd/neutron-server', files('ml2_conf.ini'), host.enter));
    await server.says('the network API answers');
  });
  afterAll(() => stack.disposeAsync());

  test('agents that were started before the server register, and live', async () => {
    await expect.poll(agentList, { timeout: 60_000 }).toHaveLength(3);
    expect((await agentList()).map(({ agent_type, host: name, alive, admin_state_up }) => ({ agent_type, name, alive, admin_state_up })).toSorted((a, b) => (String(a.agent_type) < String(b.agent_type) ? -1 : 1))).toEqual(
      ['DHCP agent', 'Linux bridge agent', 'Metadata agent'].map((type) => ({ agent_type: type, name: 'host-1', alive: true, admin_state_up: true })),
    );
  });

  test('nobody logs the credentials of the broker', () => {
    for (const program of [server, ...agents.values()]) {
      expect(program.output()).not.toMatch(/pass(@|%40)word/);
      expect(program.output()).toContain('connected to the message broker');
    }
  });

  test('an instance gets its wire, its address and its metadata, and Nova hears of it', async () => {
    using _nova = startNova(host);
    using api = startNovaApi(host, join(directory, 'told'));
    const { id: networkId, mtu } = await made('/v2.0/networks', { network: { name: 'n' } });
    await made('/v2.0/subnets', { subnet: { network_id: networkId as string, cidr: '10.1.0.0/24', ip_version: 4 } });
    const port = await made('/v2.0/ports', { port: { network_id: networkId as string, device_id: INSTANCE, device_owner: 'compute:nova', 'binding:host_id': 'host-1' } });
    expect(port).toMatchObject({ status: 'DOWN', 'binding:vif_type': 'bridge' });
    const tap = `tap${String(port['id']).slice(0, 11)}`;
    await host.run(['ip', 'netns', 'add', 'guest']);
    await host.run(['ip', 'link', 'add', tap, 'mtu', String(mtu), 'type', 'veth', 'peer', 'name', 'eth0', 'address', String(port['mac_address']), 'mtu', String(mtu), 'netns', 'guest']);
    await host.run(['ip', '-n', 'guest', '-batch', '-'], { input: 'link set lo up\nlink set eth0 up\n' });
    await host.run(['ip', 'link', 'set', tap, 'up']);
    await expect.poll(async () => ((await request('GET', `/v2.0/ports/${String(port['id'])}`))['port'] as JsonObject)['status'], { timeout: 60_000 }).toBe('ACTIVE');
    await expect.poll(api.told, { timeout: 60_000 }).toEqual([`network-vif-plugged ${INSTANCE} completed`]);

    const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
    const script = fileURLToPath(import.meta.resolve('@neutrino/allinone/service')).replace(/service\.ts$/, 'share/dhcp-client-event');
    await host.run(['udhcpc', '-f', '-q', '-n', '-i', 'eth0', '-t', '60', '-T', '1', '-O', 'staticroutes', '-s', script], { netns: 'guest', env: { INSTANCE_DIRECTORY: directory } });
    expect(JSON.parse(readFileSync(join(directory, 'lease.json'), 'utf8'))).toMatchObject({ address: fixedIp?.['ip_address'] });
    const { stdout: metadata } = await host.run(['curl', '-sS', '--max-time', '60', 'http://169.254.169.254/latest/meta-data/instance-id'], { netns: 'guest' });
    expect(JSON.parse(metadata)).toMatchObject({ path: '/latest/meta-data/instance-id', headers: { 'x-instance-id': INSTANCE, 'x-forwarded-for': fixedIp?.['ip_address'] } });

    async function gone(): Promise<boolean> {
      return !(await host.run(['ip', '-br', 'link', 'show', 'master', `brq${String(networkId).slice(0, 11)}`], { accept: [1] })).stdout.includes(tap);
    }
    await request('DELETE', `/v2.0/ports/${String(port['id'])}`);
    await host.run(['ip', 'netns', 'delete', 'guest']);
    await expect.poll(gone, { timeout: 60_000 }).toBe(true);
    await expect.poll(() => api.told().at(-1), { timeout: 60_000 }).toBe(`network-vif-deleted ${INSTANCE}`);
  });

  test('a killed broker comes back, and with it the agents; the API answers meanwhile', async () => {
    await rabbit.kill();
    // A request that waited for the broker would wait until it comes back, which is after them.
    const network = await made('/v2.0/networks', { network: { name: 'without a broker' } });
    await made('/v2.0/subnets', { subnet: { network_id: network['id'] as string, cidr: '10.2.0.0/24', ip_version: 4 } });
    await rabbit.start();
    // The DHCP agent hears of the network that was made meanwhile.
    await expect.poll(async () => ((await request('GET', `/v2.0/ports?network_id=${String(network['id'])}`))['ports'] as readonly JsonObject[]).map(({ status }) => status), { timeout: 60_000 }).toEqual(['ACTIVE']);
    const before = new Map((await agentList()).map(({ id, heartbeat_timestamp }) => [id, heartbeat_timestamp]));
    await expect.poll(async () => (await agentList()).filter(({ id, heartbeat_timestamp }) => before.get(id) !== heartbeat_timestamp).length, { timeout: 60_000 }).toBe(3);
  }, 240_000);

  test('all programs end when they are told to, with and without a broker', async () => {
    await expect(agents.get('dhcp')?.stop()).resolves.toBe(0);
    await rabbit.kill();
    startAgent('dhcp');
    await agents.get('dhcp')?.says('cannot be reached');
    for (const program of [...agents.values(), server]) {
      // What waited for the broker would do so for ever.
      await expect(program.stop()).resolves.toBe(0);
    }
  });
});
