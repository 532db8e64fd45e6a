import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { createAgentService, type AgentService } from '@neutrino/server/agents/agent-service';
import { CallbackRegistry } from '@neutrino/server/callbacks/registry';
import { adminContext, type RequestContext } from '@neutrino/server/context';
import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import type { Db } from '@neutrino/server/db/types';
import { startNovaNotifier } from '@neutrino/server/notifiers/nova/nova-notifier';
import type { NovaSettings } from '@neutrino/server/notifiers/nova/nova-settings';
import type { CorePlugin } from '@neutrino/server/plugins/ml2/core-plugin';
import { createMl2Plugin } from '@neutrino/server/plugins/ml2/create-ml2-plugin';
import { loadDrivers } from '@neutrino/server/plugins/ml2/drivers/registry';
import { defaultMl2Settings } from '@neutrino/server/plugins/ml2/settings';
import { createProvisioningBlocks } from '@neutrino/server/provisioning/blocks';
import { startRpcServer, type Routing } from '@neutrino/server/rpc/rpc-server';
import { DhcpAgentScheduler } from '@neutrino/server/scheduler/dhcp-agent-scheduler';
import type { DhcpSchedulerSettings } from '@neutrino/server/scheduler/dhcp-placement';
import { createL3AgentScheduler } from '@neutrino/server/scheduler/l3-agent-scheduler';
import { createSecurityGroupPlugin, type SecurityGroupPlugin } from '@neutrino/server/securitygroups/security-group-plugin';
import { createFlavorProfiles } from '@neutrino/server/services/flavors/flavor-profiles';
import { createL3Plugin } from '@neutrino/server/services/l3/create-l3-plugin';
import { routerProviders } from '@neutrino/server/services/l3/router-provider';
import { pino } from 'pino';
import { countStatements, type CountedStatements } from '../../support/counted-statements.ts';

/** The server without its HTTP side: a real database, a real bus, and a bus connection for the test to play agents on. */
export interface RunningServer extends AsyncDisposable {
  readonly db: Db;
  readonly core: CorePlugin;
  readonly groups: SecurityGroupPlugin;
  readonly agents: AgentService;
  readonly scheduler: DhcpAgentScheduler;
  readonly callbacks: CallbackRegistry;
  readonly routing: Routing | undefined;
  /** The statements that work takes. */
  readonly during: CountedStatements['during'];
  /** A connection of its own. */
  connect(): Transport;
  /** A call to q-plugin, as agents make it. */
  call(method: string, args: JsonObject, version?: string): Promise<Json>;
}

export interface ServerSettings extends Partial<DhcpSchedulerSettings> {
  /** URL of a database that is there already and has all tables. Default: one of its own. */
  readonly database?: string;
  /** A bus that others share. Default: one of its own. */
  readonly broker?: Broker;
  readonly notifiesDhcpAgents?: boolean;
  /** Nova's address, where it is to be told of ports. */
  readonly novaUrl?: string;
  readonly populatesTunnels?: boolean;
  /** What it commits it never tells anybody: as a server that is killed each time between the one and the other. */
  readonly tellsNobody?: boolean;
  /** How old what it remembers of agents may be. */
  readonly rememberedMs?: number;
  /** It has routers. Default: none. */
  readonly routes?: boolean;
}

const defaultScheduling: DhcpSchedulerSettings = {
  agentDownTimeSeconds: 75,
  dhcpAgentsPerNetwork: 1,
  dhcpLoadType: 'networks',
  networkAutoSchedule: true,
  networkScheduler: 'WeightScheduler',
  defaultAvailabilityZones: [],
  servesWhileDisabled: false,
};

export async function runningServer({ database, broker: shared, notifiesDhcpAgents = true, novaUrl, populatesTunnels = false, tellsNobody = false, routes = false, rememberedMs, ...settings }: ServerSettings = {}): Promise<RunningServer> {
  const directory = await mkdtemp(join(tmpdir(), 'neutrino-rpc-'));
  const { db: plain, dispose } = await openDatabase(database ?? `sqlite:///${directory}/neutron.sqlite`, { info: () => undefined });
  if (database === undefined) await upgrade(plain);
  const { db, during } = countStatements(plain);
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const callbacks = new CallbackRegistry((error, event) => log.error({ err: error, resource: event.resource }, 'subscriber failed'));
  const groups = createSecurityGroupPlugin({ db, callbacks });
  const scheduling: DhcpSchedulerSettings = { ...defaultScheduling, ...settings };
  const agents = createAgentService({ db, callbacks, log, settings: { ...scheduling, ...(rememberedMs !== undefined && { rememberedMs }) } });
  const provisioning = createProvisioningBlocks({ core: () => core });
  const ml2Settings = populatesTunnels ? { ...defaultMl2Settings, mechanismDrivers: [...defaultMl2Settings.mechanismDrivers, 'l2population'] } : defaultMl2Settings;
  const core = createMl2Plugin({ db, callbacks, settings: ml2Settings, portSecurityGroups: groups.ports, provisioning, agents: agents.directory, log });
  const scheduler = new DhcpAgentScheduler({
    db,
    log,
    agentService: agents,
    core: () => core,
    mechanismDrivers: loadDrivers(ml2Settings).mechanisms,
    settings: scheduling,
  });
  const l3 = routes ? createL3Plugin({ db, core, callbacks, agents: agents.directory, flavorProfiles: createFlavorProfiles({ db, providers: routerProviders }), settings: { enableSnatByDefault: true, enableEcmpByDefault: false, maxRoutes: 30, ha: { isDefault: false, maxAgentsPerRouter: 3, networkType: '', physicalNetwork: '', cidr: '169.254.192.0/18' } } }) : undefined;
  const routing = l3 && { l3, scheduler: createL3AgentScheduler({ db, agentService: agents, routers: l3.routers, ha: l3.ha, log, settings: { routerAutoSchedule: true, defaultAvailabilityZones: [], servesWhileDisabled: false, maxAgentsPerHaRouter: 3 } }) };
  const broker = shared ?? createBroker();
  const nova = novaUrl === undefined ? undefined : startNovaNotifier(novaAt(novaUrl), log);
  if (nova !== undefined) callbacks.subscribe(nova.subscriber);
  const rpc = startRpcServer({ transport: broker.connect(), host: 'controller', db, core, agents, scheduler, provisioning, callbacks: tellsNobody ? new CallbackRegistry(() => undefined) : callbacks, nova, log, notifiesDhcpAgents, populatesTunnels, ...(routing && { routing }) });
  await rpc.listening;
  const client = broker.connect();
  return {
    db,
    core,
    groups,
    agents,
    scheduler,
    callbacks,
    routing,
    during,
    connect: () => broker.connect(),
    call: (method, args, version = '1.0') => client.call({ request_id: 'req-test' }, { topic: topics.plugin, version }, method, args, { timeoutMs: 20_000 }),
    async [Symbol.asyncDispose]() {
      await rpc[Symbol.asyncDispose]();
      if (shared === undefined) await broker[Symbol.asyncDispose]();
      await nova?.[Symbol.asyncDispose]();
      await dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function novaAt(url: string): NovaSettings {
  return {
    section: 'nova', keystone: '', login: { method: 'admin_token', token: 't' }, url, catalog: { type: 'compute', interface: 'public' }, http: {},
    interest: { statusChanges: true, dataChanges: true }, intervalMs: 50,
  };
}

export function member(projectId: string): RequestContext {
  return Object.freeze({ requestId: 'req-member', projectId, userId: 'u', roles: ['member', 'reader'], isAdmin: false, isAdvsvc: false });
}

export const admin = adminContext();

/** A host's agents report, as at a start. */
export async function reportAgents(server: RunningServer, host: string, more: JsonObject = {}): Promise<void> {
  await report(server, { agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host, configurations: { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.1' }, ...more });
  await report(server, { agent_type: 'DHCP agent', binary: 'neutron-dhcp-agent', topic: 'dhcp_agent', host, availability_zone: 'nova', configurations: { networks: 0 }, ...more });
}

export async function report(server: RunningServer, state: JsonObject): Promise<Json> {
  const args = { agent_state: { agent_state: { start_flag: true, ...state } }, time: new Date().toISOString().slice(0, -1) };
  return server.connect().call({}, { topic: topics.reports, version: '1.2' }, 'report_state', args);
}

/** A network of the project with one IPv4 subnet. */
export async function networkWithSubnet(server: RunningServer, projectId: string, cidr = '10.0.0.0/16'): Promise<{ network: JsonObject; subnet: JsonObject }> {
  const [network] = (await server.core.networks.create?.(admin, [{ name: 'n', project_id: projectId, tenant_id: projectId, admin_state_up: true }])) ?? [];
  const [subnet] = (await server.core.subnets.create?.(admin, [{ network_id: network?.['id'], project_id: projectId, tenant_id: projectId, cidr, ip_version: 4, name: 's', enable_dhcp: true }])) ?? [];
  if (network === undefined || subnet === undefined) throw new Error('the plugin made no network');
  return { network, subnet };
}

/** A port of an instance, bound to `host`. */
export async function instancePort(server: RunningServer, network: JsonObject, more: JsonObject = {}): Promise<JsonObject> {
  const body = { network_id: network['id'], project_id: network['project_id'], device_owner: 'compute:nova', device_id: crypto.randomUUID(), name: '', admin_state_up: true, ...more };
  const [port] = (await server.core.ports.create?.(admin, [body])) ?? [];
  if (port === undefined) throw new Error('the plugin made no port');
  return port;
}

export function idOf(object: JsonObject | undefined): string {
  return String(object?.['id']);
}

export function tap(port: JsonObject): string {
  return `tap${idOf(port).slice(0, 11)}`;
}

/** Repeats `look` until it finds something true; the last error or value is reported after `seconds`. */
export async function eventually<T>(look: () => Promise<T> | T, seconds = 60): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(found)} after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
