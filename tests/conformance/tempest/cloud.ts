import { PROVIDER_INTERFACE, UNDERLAY_ADDRESS } from '@neutrino/allinone/host/private-host';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@neutrino/agent/privileged/run';
import { freePort } from '../../support/free-port.ts';
import { startKeystone, type Keystone } from '../../support/keystone.ts';
import { enterNetworkService, makeUser } from '../../support/keystone-entries.ts';
import type { DatabaseServer } from '../../support/database-server.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { startPostgres } from '../../support/postgres.ts';
import { startRabbit } from '../../support/rabbitmq.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** The network service as its operators run it, with a real Keystone whose catalogue names it. */
export interface Cloud extends AsyncDisposable {
  readonly keystone: Keystone;
  /** E.g. http://127.0.0.1:9696. */
  readonly networkUrl: string;
  /** A request to the network API as its administrator. Throws unless it succeeds. */
  network(method: string, path: string, body?: unknown): Promise<unknown>;
  /** id of the network "public", which suites expect of a cloud. */
  readonly publicNetworkId: string;
  /** Agents that work, until they are disposed of. Without them, the server only takes them for alive. */
  startAgents(): Promise<AsyncDisposable>;
  /** What the server has logged so far. */
  serverLog(): string;
}

/** Database engine → what starts it; a file needs nothing to be started. */
const engines: Readonly<Record<string, (() => Promise<DatabaseServer>) | undefined>> = { sqlite: undefined, mariadb: startMariadb, postgres: startPostgres };

const BIN = resolve(import.meta.dirname, '../../../bin');
const PASSWORD = 'of the service user';

const neutronConf = (cloud: { readonly port: number; readonly directory: string; readonly connection: string; readonly authUrl: string; readonly rabbitUrl: string }): string => `
[DEFAULT]
auth_strategy = keystone
core_plugin = ml2
service_plugins = router,port_forwarding,conntrack_helper
bind_host = 127.0.0.1
bind_port = ${cloud.port}
state_path = ${cloud.directory}
transport_url = ${cloud.rabbitUrl}
vlan_transparent = true
agent_down_time = 86475
allow_overlapping_ips = true
dns_domain = openstackgate.local.
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
[database]
connection = ${cloud.connection.replaceAll('$', '$$$$')}
[keystone_authtoken]
auth_type = password
auth_url = ${cloud.authUrl.replace('/v3', '')}
www_authenticate_uri = ${cloud.authUrl.replace('/v3', '')}
username = neutron
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
[quotas]
quota_security_group = 150
quota_security_group_rule = 1000
`;

const ml2Conf = `
[ml2]
type_drivers = flat,vlan,vxlan,local
tenant_network_types = vxlan
mechanism_drivers = linuxbridge
extension_drivers = port_security,dns_domain_keywords,data_plane_status,tag_ports_during_bulk_creation,uplink_status_propagation
[ml2_type_flat]
flat_networks = public
[ml2_type_vlan]
network_vlan_ranges = foo:1:10
[ml2_type_vxlan]
vni_ranges = 1:2000
`;

const linuxBridgeConf = `
[linux_bridge]
physical_interface_mappings = public:${PROVIDER_INTERFACE}
[vxlan]
local_ip = ${UNDERLAY_ADDRESS}
`;
const l3Conf = `
[DEFAULT]
interface_driver = linuxbridge
`;
const dhcpConf = `
[DEFAULT]
enable_isolated_metadata = true
`;
const metadataConf = `
[DEFAULT]
metadata_proxy_shared_secret = ${PASSWORD}
`;

/** Starts it in the private host in which this process runs. `engine`: sqlite, mariadb or postgres. */
export async function startCloud(engine: string): Promise<Cloud> {
  if (!(engine in engines)) throw new Error(`${engine}: expected one of ${Object.keys(engines).join(', ')}`);
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory(0o755));
  const [keystone, rabbit] = await Promise.all([startKeystone(), startRabbit()]);
  stack.use(keystone);
  stack.use(rabbit);
  const port = await freePort();
  const networkUrl = `http://127.0.0.1:${port}`;
  await makeUser(keystone, { user: 'neutron', password: PASSWORD, project: 'service', roles: ['admin', 'service'] });
  await enterNetworkService(keystone, networkUrl);

  const [neutron, ml2, log] = ['neutron.conf', 'ml2_conf.ini', 'server.log'].map((name) => join(directory.path, name)) as [string, string, string];
  const databases = await engines[engine]?.();
  if (databases !== undefined) {
    stack.use(databases);
    await databases.create('neutron');
  }
  const connection = databases?.url('neutron') ?? `sqlite:///${join(directory.path, 'neutron.sqlite')}`;
  writeFileSync(neutron, neutronConf({ port, directory: directory.path, connection, authUrl: keystone.authUrl, rabbitUrl: rabbit.url }));
  writeFileSync(ml2, ml2Conf);
  const files = ['--config-file', neutron, '--config-file', ml2];
  await run([join(BIN, 'neutron-db-manage'), ...files, 'upgrade', 'heads']);
  const output = openSync(log, 'a');
  const server = spawn(join(BIN, 'neutron-server'), files, { stdio: ['ignore', output, output] });
  stack.defer(() => end(server));
  const serverLog = (): string => readFileSync(log, 'utf8');
  await untilAnswers(networkUrl, () => server.exitCode === null, serverLog);
  const network = requests(keystone, networkUrl);
  const startAgents = (): Promise<AsyncDisposable> => agentsOf(directory.path, neutron, network);
  // Suites schedule to agents, and most need none that works.
  await (await startAgents())[Symbol.asyncDispose]();
  const publicNetworkId = await externalNetwork(network);
  const running = stack.move();
  return {
    keystone,
    networkUrl,
    network,
    publicNetworkId,
    startAgents,
    serverLog,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The agents of one host, known to the server as alive since they were started. */
async function agentsOf(directory: string, neutronFile: string, network: Cloud['network']): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const since = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const files = Object.entries({ linuxbridge: linuxBridgeConf, dhcp: dhcpConf, l3: l3Conf, metadata: metadataConf });
  for (const [name, text] of files) {
    const file = join(directory, `${name}_agent.ini`);
    writeFileSync(file, text);
    const log = openSync(join(directory, `${name}.log`), 'a');
    const agent = spawn(join(BIN, `neutron-${name}-agent`), ['--config-file', neutronFile, '--config-file', file], { stdio: ['ignore', log, log] });
    stack.defer(() => end(agent));
  }
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { agents } = (await network('GET', '/agents?alive=true')) as { agents: readonly { readonly started_at: string }[] };
    if (agents.filter(({ started_at: started }) => started >= since).length === files.length) break;
    if (Date.now() > deadline) throw new Error(`of ${files.length} agents ${agents.length} registered`);
    await sleep(200);
  }
  return stack.move();
}

async function externalNetwork(request: Cloud['network']): Promise<string> {
  const { network } = (await request('POST', '/networks', {
    network: { name: 'public', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'public' },
  })) as { network: { id: string } };
  const subnets = [
    { name: 'public-subnet', ip_version: 4, cidr: '172.24.4.0/24', gateway_ip: '172.24.4.1' },
    { name: 'ipv6-public-subnet', ip_version: 6, cidr: '2001:db8::/64', gateway_ip: '2001:db8::2' },
  ];
  for (const subnet of subnets) await request('POST', '/subnets', { subnet: { ...subnet, network_id: network.id, enable_dhcp: false } });
  return network.id;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function untilAnswers(url: string, runs: () => boolean, log: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (runs() && Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`the network service did not come up:\n${log().slice(-3000)}`);
}

function requests(keystone: Keystone, url: string): Cloud['network'] {
  return async (method, path, body) => {
    const answer = await fetch(`${url}/v2.0${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-auth-token': await keystone.token() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}
