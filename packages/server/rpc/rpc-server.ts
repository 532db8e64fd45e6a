import { servedInterfaces } from '@neutrino/lib/rpc/contract';
import type { Endpoint, Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import type { AgentService } from '../agents/agent-service.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { KeptChanges } from '../change-log/forget-changes.ts';
import type { Db } from '../db/types.ts';
import type { NovaNotifier } from '../notifiers/nova/nova-notifier.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks } from '../provisioning/provisioning-blocks.ts';
import type { DhcpAgentScheduler } from '../scheduler/dhcp-agent-scheduler.ts';
import type { L3AgentScheduler } from '../scheduler/l3-agent-scheduler.ts';
import type { L3Plugin } from '../services/l3/create-l3-plugin.ts';
import { asDeclared } from './as-declared.ts';
import { changesEndpoint } from './endpoints/changes.ts';
import { forwardingEndpoint } from './endpoints/forwarding.ts';
import { deviceEndpoint, type DeviceServices } from './endpoints/devices.ts';
import { dhcpEndpoint } from './endpoints/dhcp.ts';
import { l3Endpoint } from './endpoints/l3.ts';
import { metadataEndpoint } from './endpoints/metadata.ts';
import { reportsEndpoint } from './endpoints/reports.ts';
import { resourcesEndpoint } from './endpoints/resources.ts';
import { routerRevisionsEndpoint } from './endpoints/router-revisions.ts';
import { securityGroupEndpoint } from './endpoints/security-groups.ts';
import { tunnelEndpoint } from './endpoints/tunnels.ts';
import { changeAnnouncer } from './notifiers/change-announcer.ts';
import { dhcpNotifier } from './notifiers/dhcp-notifier.ts';
import { l2Notifier } from './notifiers/l2-notifier.ts';
import { l2Population } from './notifiers/l2-population/l2-population.ts';
import { l3Notifier } from './notifiers/l3-notifier.ts';
import { neutronAudience } from './notifiers/neutron-audience.ts';
import { objectNotifier } from './notifiers/object-notifier.ts';
import { rebindPorts } from './notifiers/rebind-ports.ts';
import { routerPartNotifier } from './notifiers/router-part-notifier.ts';
import { securityGroupNotifier } from './notifiers/security-group-notifier.ts';

export interface RpcServerOptions {
  readonly transport: Transport;
  /** This server's name on the topics. */
  readonly host: string;
  readonly db: Db;
  readonly core: CorePlugin;
  readonly agents: AgentService;
  readonly scheduler: DhcpAgentScheduler;
  readonly provisioning: ProvisioningBlocks;
  readonly callbacks: CallbackRegistry;
  /** Where Nova is told of ports. */
  readonly nova?: Pick<NovaNotifier, 'wiredElsewhere'> | undefined;
  readonly log: Logger;
  /** Absent where there are no routers. */
  readonly routing?: Routing;
  /** How much of the log of changes is kept. Default: a day, and a million. */
  readonly keptChanges?: KeptChanges;
  /** False where other processes of this server hear agents. Default: true. */
  readonly hearsAgents?: boolean;
  /** `l2population` is one of the mechanism drivers. Default: false. */
  readonly populatesTunnels?: boolean;
  /** `dhcp_agent_notification`. Default: true. */
  readonly notifiesDhcpAgents?: boolean;
}

export interface Routing {
  readonly l3: L3Plugin;
  readonly scheduler: L3AgentScheduler;
}

/** The server's side of the contract with agents. Disposing it stops listening and sends what waits. */
export interface RpcServer extends AsyncDisposable {
  /** Resolves when agents can be heard. */
  readonly listening: Promise<void>;
}

/**
 * Starts to listen for what agents ask and report, and tells them of what the API changed. To be called once for a registry. It does not
 * wait for a broker, nor may its caller: the API answers without one.
 */
export function startRpcServer(options: RpcServerOptions): RpcServer {
  const { transport, host, db, agents, callbacks, scheduler, log } = options;
  const populatesTunnels = options.populatesTunnels === true;
  const audience = neutronAudience(agents.directory);
  const announcer = changeAnnouncer({ db, transport, directory: agents.directory, kept: options.keptChanges ?? { hours: 24, rows: 1_000_000 }, populatesTunnels, log });
  const securityGroups = securityGroupNotifier(options);
  const dhcp = dhcpNotifier({ ...options, audience });
  const objects = objectNotifier(options);
  scheduler.onChange(dhcp.schedulingListener);
  callbacks.subscribe(audience.subscriber);
  // First, as others wait for what they have to ask: whatever was published has been committed.
  callbacks.subscribe(() => announcer.poke());
  // Security first: an agent that hears of a new port then already knows what may reach it.
  callbacks.subscribe(audience.only(securityGroups.subscriber));
  const l2 = l2Notifier({ ...options, audience });
  callbacks.subscribe(audience.only(l2.subscriber));
  const population = populatesTunnels ? l2Population({ db, transport, directory: agents.directory, log }) : undefined;
  if (population !== undefined) callbacks.subscribe(population.subscriber);
  callbacks.subscribe(rebindPorts(options));
  callbacks.subscribe(dhcp.subscriber);
  callbacks.subscribe(audience.only(objects.subscriber));
  if (options.routing !== undefined) {
    const routers = l3Notifier({ transport, ...options.routing });
    options.routing.scheduler.onChange(routers.schedulingListener);
    callbacks.subscribe(routers.subscriber);
    callbacks.subscribe(routerPartNotifier(options));
  }

  const listeners = new AsyncDisposableStack();
  const listen = async (topic: string, endpoints: readonly Endpoint[]): Promise<void> => {
    const listener = await transport.listen({ topic, server: host, endpoints });
    // Disposed meanwhile, the transport ends it.
    if (!listeners.disposed) listeners.use(listener);
  };
  const endpoints = servedEndpoints({ ...options, onRefresh: population?.refresh, onCopiesWired: population?.copiesWired });
  const heard = [
    [topics.plugin, [...endpoints.plugin, changesEndpoint({ db, numbered: () => announcer.numbered() }), ...(population === undefined ? [] : [forwardingEndpoint(population)])]],
    [topics.reports, endpoints.reports],
    ...(options.routing === undefined ? [] : [[topics.l3Plugin, [...endpoints.routers, routerRevisionsEndpoint(options.routing)]] as const]),
  ] as const;
  const toHear = (options.hearsAgents ?? true) ? heard.map(([topic, served]) => listen(topic, served)) : [];
  const listening = Promise.all(toHear).then(() => undefined);
  listening.catch((error: unknown) => {
    if (!listeners.disposed) log.error({ err: error }, 'agents cannot be heard');
  });
  return {
    listening,
    async [Symbol.asyncDispose]() {
      await listeners.disposeAsync();
      l2[Symbol.dispose]();
      await securityGroups[Symbol.asyncDispose]();
      await population?.[Symbol.asyncDispose]();
      await announcer[Symbol.asyncDispose]();
      await objects[Symbol.asyncDispose]();
    },
  };
}

/** What Neutron's agents may ask at each topic, as it is declared. */
export function servedEndpoints(options: ServedParts): Readonly<Record<'plugin' | 'reports' | 'routers', readonly Endpoint[]>> {
  const { devices, securityGroups, dhcp, metadata, tunnels, resources, reports, routers } = servedInterfaces;
  return {
    plugin: [
      asDeclared(devices, deviceEndpoint(options)),
      asDeclared(securityGroups, securityGroupEndpoint(options)),
      asDeclared(dhcp, dhcpEndpoint(options)),
      asDeclared(metadata, metadataEndpoint(options)),
      asDeclared(tunnels, tunnelEndpoint(options)),
      asDeclared(resources, resourcesEndpoint(options)),
    ],
    reports: [asDeclared(reports, reportsEndpoint(options))],
    routers: options.routing === undefined ? [] : [asDeclared(routers, l3Endpoint({ ...options, ...options.routing }))],
  };
}

type ServedParts = Pick<RpcServerOptions, 'transport' | 'db' | 'core' | 'agents' | 'scheduler' | 'provisioning' | 'nova' | 'routing' | 'log'> & Pick<DeviceServices, 'onRefresh' | 'onCopiesWired'>;
