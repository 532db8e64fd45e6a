import type { AddressInfo } from 'node:net';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import { servedExtensions } from '@neutrino/lib/api/served-extensions';
import type { JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { listenFailure } from '@neutrino/runtime/cmd/cannot-start';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createAgentService } from '../agents/agent-service.ts';
import type { AgentScheduling } from '../api/agent-scheduling-routes.ts';
import { createApiServer } from '../api/create-api-server.ts';
import { parseCreate } from '../api/request-body.ts';
import { visibleAttributes } from '../api/response-shape.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { CallbackRegistry } from '../callbacks/registry.ts';
import type { ServerConfig } from '../conf/sections.ts';
import type { RequestContext } from '../context.ts';
import type { Db } from '../db/types.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import { observedTransport } from '../metrics/observed-transport.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { startNovaNotifier } from '../notifiers/nova/nova-notifier.ts';
import { novaSettings } from '../notifiers/nova/nova-settings.ts';
import { createMl2Plugin } from '../plugins/ml2/create-ml2-plugin.ts';
import { driverAliases, loadDrivers } from '../plugins/ml2/drivers/registry.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import { createProvisioningBlocks } from '../provisioning/blocks.ts';
import { createQuotaService } from '../quota/quota-service.ts';
import { startRpcServer } from '../rpc/rpc-server.ts';
import { DhcpAgentScheduler } from '../scheduler/dhcp-agent-scheduler.ts';
import { startFailover } from '../scheduler/agent-failover.ts';
import { createDhcpFailover } from '../scheduler/dhcp-failover.ts';
import { createSecurityGroupPlugin } from '../securitygroups/security-group-plugin.ts';
import { createAddressGroupHandler } from '../services/address-group/address-group-handler.ts';
import { createTopologies } from '../services/auto-allocate/topologies.ts';
import { createRbacHandler } from '../services/rbac/rbac-handler.ts';
import { createFlavorHandler } from '../services/flavors/flavor-handler.ts';
import { createFlavorProfiles } from '../services/flavors/flavor-profiles.ts';
import { createProfileHandler } from '../services/flavors/profile-handler.ts';
import { createServiceProviderHandler, type ServiceProvider } from '../services/flavors/service-provider.ts';
import { serviceTypes } from '../services/flavors/service-types.ts';
import { helpersOfRouter } from '../services/conntrack-helper/helper-handler.ts';
import { createAvailabilityHandler } from '../services/network-ip-availability/availability-handler.ts';
import { createL3AgentScheduler } from '../scheduler/l3-agent-scheduler.ts';
import { lookForUnserved } from '../scheduler/look-for-unserved.ts';
import { createRouterFailover } from '../scheduler/router-failover.ts';
import { createL3Plugin } from '../services/l3/create-l3-plugin.ts';
import { routerProviders } from '../services/l3/router-provider.ts';
import { forwardingsOfFloatingIp } from '../services/port-forwarding/forwarding-handler.ts';
import { guardForwardedPorts } from '../services/port-forwarding/guarded-ports.ts';
import { createTagService } from '../services/tag/tag-service.ts';
import { healthSettings } from './health-checks.ts';
import { allowedHelpers, apiSettings, dhcpSchedulerSettings, l3Settings, ml2Settings, quotaLimits, routerSchedulerSettings } from './server-settings.ts';
import { hasService } from './service-plugins.ts';

/** What a process of a server is for: the API, hearing agents, or both. */
export type ServerRole = 'all' | 'api' | 'rpc';

export interface ServerParts {
  readonly config: ServerConfig;
  /** The configuration with the newest values of mutable options; default: `config`, for ever. */
  readonly currentConfig?: () => ServerConfig;
  readonly db: Db;
  readonly transport: Transport;
  readonly policy: PolicyEngine;
  readonly authenticate: Authenticator;
  readonly log: Logger;
  readonly metrics?: ServerMetrics;
  /** Default: all. */
  readonly role?: ServerRole;
  /** What sets the port, where it is not [DEFAULT] bind_port: named where the port is taken. */
  readonly portOption?: string;
}

/** A server that answers. Disposing it drains: requests under way end, then RPC. */
export interface NeutronServer extends AsyncDisposable {
  /** E.g. http://127.0.0.1:9696. Empty where it only hears agents. */
  readonly url: string;
  /** "GET /v2.0/networks/:id" and so on: everything that is answered. */
  readonly routes: readonly string[];
}

/** Wires the parts of a neutron-server together, and listens on `bind_host` and `bind_port`. */
export async function startServer({ config, currentConfig = () => config, db, transport: bus, metrics, policy, authenticate, log, role = 'all', portOption = '[DEFAULT] bind_port' }: ServerParts): Promise<NeutronServer> {
  const callbacks = new CallbackRegistry((error, { resource, operation, id }) => {
    log.error({ err: error, resource, operation, id }, 'what follows a change failed; the change stands');
  });
  const transport = metrics === undefined ? bus : observedTransport(bus, metrics.message);
  const core = (): CorePlugin => plugin;
  const settings = ml2Settings(config);
  const securityGroups = createSecurityGroupPlugin({ db, callbacks });
  const agents = createAgentService({
    db,
    callbacks,
    log,
    settings: { agentDownTimeSeconds: config.DEFAULT.agent_down_time, enableNewAgents: config.DEFAULT.enable_new_agents, dhcpLoadType: config.DEFAULT.dhcp_load_type },
  });
  const provisioning = createProvisioningBlocks({ core });
  const drivers = loadDrivers(settings);
  // Without its driver, what an extension adds would be accepted and forgotten.
  const served = servedExtensions(extensions, ({ alias }) => {
    if (alias === 'filter-validation') return config.DEFAULT.filter_validation;
    if (alias === 'floating-ip-port-forwarding') return hasService(config.DEFAULT.service_plugins, 'port_forwarding');
    if (alias === 'l3-conntrack-helper') return hasService(config.DEFAULT.service_plugins, 'conntrack_helper');
    // Neutron always loads auto_allocate, which works as soon as there are routers.
    if (alias === 'router' || alias === 'auto-allocated-topology') return hasService(config.DEFAULT.service_plugins, 'router');
    return !driverAliases.includes(alias) || drivers.extensions.some((driver) => driver.aliases.includes(alias));
  });
  const api = buildApi(served);
  const portAttributes = visibleAttributes(api.resource('ports'));
  const plugin = createMl2Plugin({ db, callbacks, settings, portSecurityGroups: securityGroups.ports, provisioning, agents: agents.directory, log, portAttributes });
  // Other services have none.
  const providers: readonly ServiceProvider[] = api.has('routers') ? routerProviders : [];
  const flavorProfiles = createFlavorProfiles({ db, providers });
  const l3Parts = { db, core: plugin, callbacks, agents: agents.directory, flavorProfiles, settings: l3Settings(config) };
  const l3 = api.has('routers') ? createL3Plugin(l3Parts) : undefined;
  const forwardedPorts = api.has('floatingips/port_forwardings') ? guardForwardedPorts(plugin.ports, l3Parts) : plugin.ports;
  const helpers = { db, callbacks, allowed: allowedHelpers(config) };
  const scheduler = new DhcpAgentScheduler({
    db,
    core,
    agentService: agents,
    mechanismDrivers: drivers.mechanisms,
    log,
    settings: dhcpSchedulerSettings(config),
  });
  const routerScheduler = l3 === undefined ? undefined : createL3AgentScheduler({ db, agentService: agents, routers: l3.routers, ha: l3.ha, log, settings: routerSchedulerSettings(config) });
  const bodyOf = (collection: string, context: RequestContext, attributes: JsonObject): JsonObject => {
    const declared = api.resource(collection);
    const [body = {}] = parseCreate(declared, context, { [declared.resource]: attributes }).bodies;
    return body;
  };
  const { app, served: servedRoutes } = createApiServer({
    api,
    handlers: {
      networks: l3 === undefined ? plugin.networks : l3.guardNetworks(plugin.networks),
      subnets: plugin.subnets,
      ports: l3 === undefined ? plugin.ports : l3.guardPorts(forwardedPorts),
      subnetpools: plugin.subnetpools,
      address_scopes: plugin.addressScopes,
      security_groups: securityGroups.groups,
      security_group_rules: securityGroups.rules,
      address_groups: createAddressGroupHandler({ db, callbacks }),
      rbac_policies: createRbacHandler({ db }),
      agents: agents.agents,
      availability_zones: agents.availabilityZones,
      network_ip_availabilities: createAvailabilityHandler({ db }),
      flavors: createFlavorHandler({ db, serviceTypes: new Set([...serviceTypes, ...providers.map(({ service_type }) => service_type)]) }),
      service_profiles: createProfileHandler({ db, providers }),
      service_providers: createServiceProviderHandler(providers),
      ...(l3 !== undefined && { routers: l3.routers, floatingips: l3.floatingips, floatingip_pools: l3.floatingIpPools }),
    },
    policy,
    authenticate,
    quota: createQuotaService({ db, defaults: () => quotaLimits(currentConfig()) }),
    tags: createTagService({ db }),
    schedulers: [
      { kind: { agents: 'dhcp', collection: 'networks', resource: 'network' }, scheduling: schedulingOfNetworks(scheduler) },
      ...(routerScheduler === undefined ? [] : [{ kind: { agents: 'l3', collection: 'routers', resource: 'router' }, scheduling: routerScheduler }]),
    ],
    flavorProfiles,
    topologies: l3 !== undefined && api.has('auto_allocated_topologies') ? createTopologies({ db, core: plugin, routers: l3.routers, bodyOf, log }) : undefined,
    bindings: plugin.bindings,
    nested: {
      'floatingips/port_forwardings': (id) => forwardingsOfFloatingIp(l3Parts, id),
      'routers/conntrack_helpers': (id) => helpersOfRouter(helpers, id),
    },
    answered: metrics?.answered,
    settings: apiSettings(config),
    health: healthSettings(config, db),
    log,
  });
  await using started = new AsyncDisposableStack();
  const toNova = novaSettings(config);
  const nova = toNova === undefined ? undefined : started.use(startNovaNotifier(toNova, log, metrics?.nova));
  if (nova !== undefined) {
    metrics?.nova.waiting(nova.waiting);
    // Before those that talk to a broker, which may be away.
    callbacks.subscribe(nova.subscriber);
  }
  const { host, dhcp_agent_notification: notifiesDhcpAgents, agent_down_time: agentDownTimeSeconds } = config.DEFAULT;
  const keptChanges = { hours: config.agent_changes.keep_hours, rows: config.agent_changes.keep_rows };
  const routing = l3 !== undefined && routerScheduler !== undefined ? { routing: { l3, scheduler: routerScheduler } } : {};
  started.use(startRpcServer({ transport, host, db, core: plugin, agents, scheduler, provisioning, callbacks, nova, log, keptChanges, ...routing, hearsAgents: role !== 'api', populatesTunnels: settings.mechanismDrivers.includes('l2population'), notifiesDhcpAgents }));
  if (role !== 'api') started.use(lookForUnserved(scheduler, log));
  if (role !== 'api' && config.DEFAULT.allow_automatic_dhcp_failover) {
    started.use(startFailover(createDhcpFailover({ db, scheduler, log, agentDownTimeSeconds }), agentDownTimeSeconds));
  }
  if (role !== 'api' && routerScheduler !== undefined && config.DEFAULT.allow_automatic_l3agent_failover) {
    started.use(startFailover(createRouterFailover({ db, scheduler: routerScheduler, log, agentDownTimeSeconds }), agentDownTimeSeconds));
  }
  started.defer(() => app.close());
  const url = role === 'rpc' ? '' : await listen(app, config.DEFAULT, portOption);
  const running = started.move();
  return {
    routes: servedRoutes(),
    url,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function schedulingOfNetworks(scheduler: DhcpAgentScheduler): AgentScheduling {
  return {
    listScheduled: (context, agentId) => scheduler.listNetworks(context, agentId),
    listAgents: (context, networkId) => scheduler.listAgents(context, networkId),
    add: (context, agentId, networkId) => scheduler.addNetwork(context, agentId, networkId),
    remove: (context, agentId, networkId) => scheduler.removeNetwork(context, agentId, networkId),
  };
}

/** Returns the URL. Throws CannotStart where the address or the port is not to be had. */
async function listen(app: FastifyInstance, { bind_host: host, bind_port: port }: ServerConfig['DEFAULT'], portOption: string): Promise<string> {
  await app.listen({ host, port }).catch((error: unknown) => {
    throw listenFailure(error, host, port, portOption);
  });
  const { address, family, port: boundPort } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${boundPort}`;
}
