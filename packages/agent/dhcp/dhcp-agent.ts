import type { AgentState, DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { releaseAfterBurst } from '@neutrino/runtime/memory/after-a-burst';
import { topics } from '@neutrino/lib/rpc/topics';
import { listNamespaces } from '../linux/netns.ts';
import { createNamespaceProxies } from '../metadata/namespace-proxy.ts';
import type { AgentEnvironment, AgentHandle } from '../rpc/agent-handle.ts';
import { processEnds } from '../privileged/process-ends.ts';
import { followChanges } from '../rpc/follow-changes.ts';
import { startStateReports } from '../rpc/state-report.ts';
import { dhcpDeviceId } from './dhcp-device-id.ts';
import { configurationDirectory, type DhcpSettings } from './dhcp-settings.ts';
import { createFullSync } from '../reconcile/full-sync.ts';
import { createPassQueue } from '../reconcile/pass-queue.ts';
import { createRetries } from '../reconcile/retries.ts';
import { createNetworkService } from './network-service.ts';
import { applyChanges } from './heard-changes.ts';
import { dhcpNotificationEndpoint, type DhcpNotificationHandlers } from './notifications.ts';
import { NAMESPACE_PREFIX } from './plan-network-namespace.ts';
import { dhcpPluginRpc } from './plugin-rpc.ts';
import { createReadyPorts } from './ready-ports.ts';
import { allSubnets } from './served-network.ts';
import { createServedNetworks } from './served-networks.ts';
import { listUuids } from '../linux/state-files.ts';

const agentType = 'DHCP agent';

/** Starts the DHCP agent: one namespace and one dnsmasq for each network that the server gives this host. */
export async function startDhcpAgent(environment: AgentEnvironment, settings: DhcpSettings): Promise<AgentHandle> {
  const { log, transport, host } = environment;
  const stop = new AbortController();
  const stopping = stop.signal;
  const rpc = dhcpPluginRpc(transport, host, stopping);
  const proxies = createNamespaceProxies({ socketPath: settings.metadataProxySocket, former: settings.formerProxies, log });
  const ready = createReadyPorts((ids) => rpc.dhcpReadyOnPorts(ids), { retryMs: settings.resyncIntervalMs, log });
  const retries = createRetries({ ms: settings.resyncIntervalMs, stopping, mark: (networkId) => mark(networkId) });
  const ends = processEnds();
  const service = createNetworkService({ settings, proxies, log, ends, onEnd: (networkId, isRepeated) => (isRepeated ? retries.later(networkId) : mark(networkId)) });
  const networks = createServedNetworks({
    rpc,
    ready,
    retries,
    log,
    deviceId: (networkId) => dhcpDeviceId(networkId, host),
    service,
  });
  const queue = createPassQueue({ work: (networkId) => networks.pass(networkId).finally(releaseAfterBurst), concurrency: settings.concurrency, intervalMs: settings.bulkReloadIntervalMs });
  const mark = (networkId: string | undefined): void => {
    if (networkId !== undefined) void queue.mark(networkId);
  };

  const sync = createFullSync({
    // Every network of this host gets a pass, and so does every one of which something is left here.
    synchronise: async () => {
      const fetch = networks.beginFetch();
      const active = await rpc.getActiveNetworksInfo();
      await Promise.all(fetch.end(active, await networksOnHost(settings)).map((networkId) => queue.mark(networkId)));
    },
    retryMs: settings.resyncIntervalMs,
    throttleMs: settings.resyncThrottleMs,
    intervalMs: settings.fullSyncIntervalMs,
    stopping,
    log,
  });
  const handlers: DhcpNotificationHandlers = {
    networkChanged: (networkId) => mark(networks.changed(networkId)),
    networkRemoved: (networkId) => mark(networks.removed(networkId)),
    portChanged: (networkId, portId) => mark(networks.portChanged(networkId, portId)),
    subnetRemoved: (networkId) => mark(networks.touched(networkId)),
    agentUpdated: () => sync.request(),
  };
  const follower = followChanges({
    environment,
    agentType,
    changed: (changes) => applyChanges(changes, handlers),
    // Not before messages arrive here: what changes during the synchronisation must not be missed.
    lost: () => sync.request(),
    listenToNeutron: async () => [
      await transport.listen({ topic: topics.dhcpAgent, server: host, onGap: () => follower.catchUp(), endpoints: [dhcpNotificationEndpoint(handlers)] }),
    ],
    reportNow: () => void reports.reportNow(),
  });
  const reports = startStateReports(
    environment,
    () => dhcpAgentState(host, settings, networks.current(), follower.configurations()),
    () => follower.catchUp(), () => follower.startOver(),
  );
  const check = settings.checkIntervalMs > 0 ? setInterval(() => networks.verifyAll().forEach(mark), settings.checkIntervalMs) : undefined;

  return {
    inSync: sync.first,
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearInterval(check);
      await follower[Symbol.asyncDispose]();
      await Promise.all([queue[Symbol.asyncDispose](), ready[Symbol.asyncDispose](), reports[Symbol.asyncDispose]()]);
      await proxies[Symbol.asyncDispose]();
      await ends[Symbol.asyncDispose]();
    },
  };
}

/** Networks of which an earlier run left files or a namespace. */
async function networksOnHost(settings: DhcpSettings): Promise<readonly string[]> {
  const namespaces = await listNamespaces(NAMESPACE_PREFIX);
  return [...listUuids(configurationDirectory(settings)), ...namespaces.map((name) => name.slice(NAMESPACE_PREFIX.length))];
}

function dhcpAgentState(host: string, settings: DhcpSettings, networks: readonly DhcpNetwork[], more: AgentState['configurations']): AgentState {
  const total = (count: (network: DhcpNetwork) => number): number => networks.reduce((sum, network) => sum + count(network), 0);
  return {
    binary: 'neutron-dhcp-agent',
    host,
    topic: topics.dhcpAgent,
    agent_type: agentType,
    availability_zone: settings.availabilityZone,
    configurations: {
      dhcp_driver: settings.driverName,
      dhcp_lease_duration: settings.leaseDurationSeconds,
      log_agent_heartbeats: settings.logAgentHeartbeats,
      networks: networks.length,
      subnets: total((network) => allSubnets(network).length),
      ports: total((network) => network.ports.length),
      ...more,
    },
  };
}
