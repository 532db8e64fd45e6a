import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';

export interface FixedIpRequest {
  readonly subnet_id: string;
  readonly ip_address?: string;
}

export interface DhcpPortRequest {
  readonly network_id: string;
  readonly fixed_ips?: readonly FixedIpRequest[];
  readonly device_id?: string;
  readonly name?: string;
  readonly admin_state_up?: boolean;
  readonly project_id?: string;
}

/** What the DHCP agent asks of the server. */
export interface DhcpPluginRpc {
  /** The networks that this host serves, with their DHCP subnets and their ports. */
  getActiveNetworksInfo(): Promise<readonly DhcpNetwork[]>;
  /** null where the network does not exist. */
  getNetworkInfo(networkId: string): Promise<DhcpNetwork | null>;
  /** null where the network or a subnet has gone meanwhile. */
  createDhcpPort(port: DhcpPortRequest): Promise<DhcpPort | null>;
  /** null where the port has gone meanwhile or is another host's. */
  updateDhcpPort(portId: string, port: DhcpPortRequest): Promise<DhcpPort | null>;
  releaseDhcpPort(networkId: string, deviceId: string): Promise<void>;
  dhcpReadyOnPorts(portIds: readonly string[]): Promise<void>;
}

/** The calls, as `host`. They reject as soon as `stopping` is aborted, not when the server has answered. */
export function dhcpPluginRpc(transport: Transport, host: string, stopping: AbortSignal): DhcpPluginRpc {
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  stopping.addEventListener('abort', () => stopped.reject(new Error('the agent is stopping')));
  const call = (version: string, method: string, args: JsonObject): Promise<Json> =>
    Promise.race([stopped.promise, transport.call({}, { topic: topics.plugin, version }, method, args)]);
  return {
    getActiveNetworksInfo: async () => (await call('1.1', 'get_active_networks_info', { host })) as unknown as readonly DhcpNetwork[],
    getNetworkInfo: async (networkId) =>
      (await call('1.0', 'get_network_info', { network_id: networkId, host })) as unknown as DhcpNetwork | null,
    createDhcpPort: async (port) => (await call('1.1', 'create_dhcp_port', { host, port: wrap(port) })) as unknown as DhcpPort | null,
    updateDhcpPort: async (portId, port) =>
      (await call('1.1', 'update_dhcp_port', { host, port_id: portId, port: wrap(port) })) as unknown as DhcpPort | null,
    releaseDhcpPort: async (networkId, deviceId) => {
      await call('1.0', 'release_dhcp_port', { host, network_id: networkId, device_id: deviceId });
    },
    dhcpReadyOnPorts: async (portIds) => {
      await call('1.5', 'dhcp_ready_on_ports', { port_ids: portIds });
    },
  };
}

function wrap(port: DhcpPortRequest): JsonObject {
  return { port: port as unknown as JsonObject };
}
