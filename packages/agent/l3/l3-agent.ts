import type { AgentState } from '@neutrino/lib/rpc/payloads';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { notifierTopic, topics } from '@neutrino/lib/rpc/topics';
import { releaseAfterBurst } from '@neutrino/runtime/memory/after-a-burst';
import { findIptables } from '../linux/iptables.ts';
import { listNamespaces } from '../linux/netns.ts';
import { createNamespaceProxies } from '../metadata/namespace-proxy.ts';
import { processEnds } from '../privileged/process-ends.ts';
import { createFullSync } from '../reconcile/full-sync.ts';
import { createPassQueue } from '../reconcile/pass-queue.ts';
import { createRetries } from '../reconcile/retries.ts';
import type { AgentEnvironment, AgentHandle } from '../rpc/agent-handle.ts';
import { startStateReports } from '../rpc/state-report.ts';
import { createAnnouncer } from './announcer.ts';
import { NAMESPACE_PREFIX } from './device-names.ts';
import { gatewayPorts } from './gateways.ts';
import { createHaCopies } from './ha/ha-copies.ts';
import { createStateReports } from './ha/state-reports.ts';
import { watchCopies } from './ha/watch-copies.ts';
import type { L3Settings } from './l3-settings.ts';
import { l3NotificationEndpoint, type L3NotificationHandlers, networkNotificationEndpoint } from './notifications.ts';
import { l3PluginRpc } from './plugin-rpc.ts';
import { createRouterAdvertiser } from './router-advertiser.ts';
import { routerPartEndpoint, routerPartsKept, routerPartTopics } from './router-part-notifications.ts';
import { withRouterParts } from './router-parts.ts';
import { CHUNK, createRouterFetcher } from './router-fetcher.ts';
import { createRouterService } from './router-service.ts';
import { createServedRouters } from './served-routers.ts';

/** How soon it is seen at the latest that a copy of a router that waits for its wire may have it. */
const WIRE_INTERVAL_MS = 1_000;
/** At the latest this often the server is asked whether everything has been heard. */
const COMPARE_INTERVAL_MS = 10_000;
const SETTLE_MS = 30;

/** Starts the L3 agent: one namespace for each router that the server gives this host. */
export async function startL3Agent(environment: AgentEnvironment, settings: L3Settings): Promise<AgentHandle> {
  const { log, transport, host } = environment;
  const stop = new AbortController();
  const stopping = stop.signal;
  const rpc = withRouterParts(l3PluginRpc(transport, host, stopping), settings.extensions);
  const proxies = createNamespaceProxies({ socketPath: settings.metadataProxySocket, former: settings.formerProxies, log });
  const ends = processEnds();
  const advertiser = createRouterAdvertiser({ settings: settings.advertisements, ends, onEnd: (routerId, isRepeated) => (isRepeated ? retries.later(routerId) : mark(routerId)) });
  const announcer = createAnnouncer(log);
  const copies = createHaCopies({ settings: settings.ha, ends, onEnd: (routerId, isRepeated) => (isRepeated ? retries.later(routerId) : mark(routerId)) });
  const watch = watchCopies({
    // keepalived is at it: what it does in one go is looked at once.
    onChange: (routerId) => void setTimeout(() => mark(routerId), SETTLE_MS).unref(),
    onMissed: () => routers.current().forEach(({ id, ha }) => (ha === true ? mark(id) : undefined)),
  });
  const states = createStateReports({ report: (changed) => rpc.updateHaStates(changed), retryMs: settings.resyncIntervalMs, log });
  const service = createRouterService({ settings, iptables: await findIptables(), proxies, advertiser, announcer, copies, watch });
  const retries = createRetries({ ms: settings.resyncIntervalMs, stopping, mark: (routerId) => mark(routerId) });
  const routers = createServedRouters({
    rpc,
    fetch: createRouterFetcher(rpc),
    service,
    handleInternalOnlyRouters: settings.handleInternalOnlyRouters,
    states,
    retries,
    log,
  });
  const queue = createPassQueue({ work: (routerId) => routers.pass(routerId).finally(releaseAfterBurst), concurrency: settings.concurrency, intervalMs: 0 });
  const mark = (routerId: string): void => void queue.mark(routerId);

  const sync = createFullSync({
    // Every router of this host gets a pass, and so does every one of which something is left here.
    synchronise: async () => {
      const fetch = routers.beginFetch();
      states.reset();
      const ids = await rpc.getRouterIds();
      const fetched: RouterInfo[] = [];
      for (let at = 0; at < ids.length; at += CHUNK) fetched.push(...(await rpc.syncRouters(ids.slice(at, at + CHUNK))));
      await Promise.all(fetch.end(fetched, await routersOnHost()).map((routerId) => queue.mark(routerId)));
    },
    retryMs: settings.resyncIntervalMs,
    throttleMs: settings.resyncThrottleMs,
    intervalMs: settings.fullSyncIntervalMs,
    stopping,
    log,
  });
  /** Whether the server said what its routers are. */
  const compare = async (): Promise<boolean> => {
    try {
      const revisions = await rpc.getRouterRevisions();
      if (revisions !== undefined) routers.compare(revisions).forEach(mark);
      return revisions !== undefined;
    } catch (error) {
      if (!stopping.aborted) log.debug({ err: error }, 'the server does not say what its routers are; it is asked again');
      return false;
    }
  };
  /** Messages may have been missed: what changed meanwhile is asked for, and everything where the server cannot tell what that is. */
  const catchUp = async (): Promise<void> => {
    if (!(await compare())) sync.request();
  };
  const handlers: L3NotificationHandlers = {
    routersChanged(routerIds) {
      for (const routerId of routerIds) {
        routers.changed(routerId);
        mark(routerId);
      }
    },
    routerRemoved(routerId) {
      routers.removed(routerId);
      mark(routerId);
    },
    networkChanged(networkId) {
      const isOn = (router: RouterInfo): boolean => [...(router._interfaces ?? []), ...gatewayPorts(router)].some(({ network_id: id }) => id === networkId);
      handlers.routersChanged(routers.current().filter(isOn).map(({ id }) => id));
    },
    agentUpdated: () => sync.request(),
  };
  const onGap = (): void => void catchUp();
  const onPart = (routerId: string | undefined): void => {
    if (routerId === undefined) sync.request();
    else if (routers.has(routerId)) handlers.routersChanged([routerId]);
  };
  const listeners = await Promise.all([
    transport.listen({ topic: topics.l3Agent, server: host, onGap, endpoints: [l3NotificationEndpoint(handlers)] }),
    transport.listen({ topic: notifierTopic('network', 'update'), server: host, onGap, endpoints: [networkNotificationEndpoint(handlers)] }),
    ...routerPartTopics(settings.extensions).map((topic) => transport.listen({ topic, server: host, onGap, endpoints: [routerPartEndpoint(onPart)] })),
  ]);
  const reports = startStateReports(
    environment,
    () => l3AgentState(host, settings, routers.current()),
    onGap,
    // What it was given, it has been given no more.
    () => sync.request(),
  );
  // Not before messages arrive here: what changes during the synchronisation must not be missed. And not before the server knows of this agent:
  // it gives routers to nobody whom it does not know.
  void reports.first.then(() => sync.request());
  const wires = setInterval(() => copies.unwired().forEach(mark), WIRE_INTERVAL_MS);
  const comparison = setInterval(() => void compare(), Math.min(COMPARE_INTERVAL_MS, environment.reportIntervalMs));
  const check = settings.checkIntervalMs > 0 ? setInterval(() => routers.current().forEach(({ id }) => mark(id)), settings.checkIntervalMs) : undefined;

  return {
    inSync: sync.first,
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearInterval(wires);
      clearInterval(comparison);
      clearInterval(check);
      await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
      await Promise.all([queue[Symbol.asyncDispose](), reports[Symbol.asyncDispose]()]);
      await watch[Symbol.asyncDispose]();
      states[Symbol.dispose]();
      copies[Symbol.dispose]();
      announcer[Symbol.dispose]();
      await ends[Symbol.asyncDispose]();
      await proxies[Symbol.asyncDispose]();
    },
  };
}

/** Routers of which an earlier run left a namespace. */
async function routersOnHost(): Promise<readonly string[]> {
  return (await listNamespaces(NAMESPACE_PREFIX)).map((name) => name.slice(NAMESPACE_PREFIX.length));
}

function l3AgentState(host: string, settings: L3Settings, routers: readonly RouterInfo[]): AgentState {
  const total = (count: (router: RouterInfo) => number): number => routers.reduce((sum, router) => sum + count(router), 0);
  return {
    binary: 'neutron-l3-agent',
    host,
    topic: topics.l3Agent,
    agent_type: 'L3 agent',
    availability_zone: settings.availabilityZone,
    ...(settings.extensions.length > 0 && { resource_versions: routerPartsKept(settings.extensions) }),
    configurations: {
      agent_mode: 'legacy',
      handle_internal_only_routers: settings.handleInternalOnlyRouters,
      interface_driver: settings.interfaceDriver,
      log_agent_heartbeats: settings.logAgentHeartbeats,
      routers: routers.length,
      ex_gw_ports: total((router) => gatewayPorts(router).length),
      interfaces: total(({ _interfaces: interfaces = [] }) => interfaces.length),
      floating_ips: total(({ _floatingips: floating = [] }) => floating.length),
    },
  };
}
