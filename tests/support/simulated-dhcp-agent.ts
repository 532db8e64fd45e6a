import { applyChanges } from '@neutrino/agent/dhcp/heard-changes';
import { dhcpDeviceId } from '@neutrino/agent/dhcp/dhcp-device-id';
import type { NetworkService } from '@neutrino/agent/dhcp/network-service';
import { dhcpNotificationEndpoint, type DhcpNotificationHandlers } from '@neutrino/agent/dhcp/notifications';
import { dhcpPluginRpc } from '@neutrino/agent/dhcp/plugin-rpc';
import { createReadyPorts } from '@neutrino/agent/dhcp/ready-ports';
import { createServedNetworks } from '@neutrino/agent/dhcp/served-networks';
import { createFullSync } from '@neutrino/agent/reconcile/full-sync';
import { createPassQueue } from '@neutrino/agent/reconcile/pass-queue';
import { createRetries } from '@neutrino/agent/reconcile/retries';
import { actAsAdmin } from '@neutrino/agent/rpc/act-as-admin';
import { followChanges } from '@neutrino/agent/rpc/follow-changes';
import { startStateReports } from '@neutrino/agent/rpc/state-report';
import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import type { SimulatedAgentOptions } from './simulated-l2-agent.ts';

/** A DHCP agent without a kernel and without dnsmasq: all that the real one does with its server, by the same code. */
export interface SimulatedDhcpAgent extends AsyncDisposable {
  /** The networks as they were served last, by id. */
  readonly served: ReadonlyMap<string, DhcpNetwork>;
  readonly inSync: Promise<void>;
}

export function simulatedDhcpAgent({ transport: bus, host, log, reportIntervalMs = 30_000 }: SimulatedAgentOptions): SimulatedDhcpAgent {
  const transport = actAsAdmin(bus);
  const agentType = 'DHCP agent';
  const stop = new AbortController();
  const served = new Map<string, DhcpNetwork>();
  const service: NetworkService = {
    async apply(network) {
      served.set(network.id, network);
      return [];
    },
    prepare: async () => undefined,
    remove: async (networkId) => served.delete(networkId),
    forget: () => undefined,
  };
  const rpc = dhcpPluginRpc(transport, host, stop.signal);
  const ready = createReadyPorts((ids) => rpc.dhcpReadyOnPorts(ids), { retryMs: 200, log });
  const mark = (networkId: string | undefined): void => {
    if (networkId !== undefined) void queue.mark(networkId);
  };
  const retries = createRetries({ ms: 200, longestMs: 200, stopping: stop.signal, mark: (networkId) => mark(networkId) });
  const networks = createServedNetworks({ rpc, ready, retries, log, deviceId: (networkId) => dhcpDeviceId(networkId, host), service });
  const queue = createPassQueue({ work: networks.pass, concurrency: 4, intervalMs: 20 });
  const sync = createFullSync({
    synchronise: async () => {
      const fetch = networks.beginFetch();
      const active = await rpc.getActiveNetworksInfo();
      await Promise.all(fetch.end(active, [...served.keys()]).map((networkId) => queue.mark(networkId)));
    },
    retryMs: 200,
    throttleMs: 0,
    intervalMs: 0,
    stopping: stop.signal,
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
    environment: { transport, host, log, reportIntervalMs },
    agentType,
    changed: (changes) => applyChanges(changes, handlers),
    lost: () => sync.request(),
    listenToNeutron: async () => [await transport.listen({ topic: topics.dhcpAgent, server: host, onGap: () => follower.catchUp(), endpoints: [dhcpNotificationEndpoint(handlers)] })],
    reportNow: () => void reports.reportNow(),
  });
  const reports = startStateReports(
    { transport, host, log, reportIntervalMs },
    () => ({ binary: 'neutron-dhcp-agent', host, topic: topics.dhcpAgent, agent_type: agentType, availability_zone: 'nova', configurations: { networks: served.size, ...follower.configurations() } }),
    () => follower.catchUp(), () => follower.startOver(),
  );
  return {
    served,
    inSync: sync.first,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await follower[Symbol.asyncDispose]();
      await Promise.all([queue[Symbol.asyncDispose](), ready[Symbol.asyncDispose](), reports[Symbol.asyncDispose]()]);
    },
  };
}
