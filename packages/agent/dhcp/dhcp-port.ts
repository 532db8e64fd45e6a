import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import { RESERVED_DHCP_PORT } from './dhcp-device-id.ts';
import type { DhcpPluginRpc, DhcpPortRequest, FixedIpRequest } from './plugin-rpc.ts';

export type DhcpPortStep =
  | { readonly kind: 'keep'; readonly port: DhcpPort }
  | { readonly kind: 'update'; readonly portId: string; readonly request: DhcpPortRequest }
  | { readonly kind: 'create'; readonly request: DhcpPortRequest };

/** What is missing until this host has a port with an address in every DHCP subnet of the network. */
export function planDhcpPort(network: DhcpNetwork, deviceId: string): DhcpPortStep {
  const wanted = network.subnets.filter((subnet) => subnet.enable_dhcp).map((subnet) => subnet.id);
  const byId = network.ports.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const own = byId.find((port) => port.device_id === deviceId);
  if (own !== undefined) return adapt(network, own, wanted);
  const reserved = byId.find((port) => port.device_id === RESERVED_DHCP_PORT);
  if (reserved !== undefined) {
    return { kind: 'update', portId: reserved.id, request: { network_id: network.id, device_id: deviceId } };
  }
  return {
    kind: 'create',
    request: {
      name: '',
      admin_state_up: true,
      device_id: deviceId,
      network_id: network.id,
      project_id: network.tenant_id,
      fixed_ips: wanted.map((subnet_id) => ({ subnet_id })),
    },
  };
}

/** Addresses that the port has in other subnets (router advertisements gave them) are nobody's business here. */
function adapt(network: DhcpNetwork, port: DhcpPort, wanted: readonly string[]): DhcpPortStep {
  const present = new Set(port.fixed_ips.map((ip) => ip.subnet_id));
  const missing = wanted.filter((id) => !present.has(id));
  if (missing.length === 0 && present.size === wanted.length) return { kind: 'keep', port };
  const kept: readonly FixedIpRequest[] = port.fixed_ips
    .filter((ip) => wanted.includes(ip.subnet_id))
    .map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address }));
  return {
    kind: 'update',
    portId: port.id,
    request: { network_id: network.id, fixed_ips: [...kept, ...missing.map((subnet_id) => ({ subnet_id }))] },
  };
}

/** Passes over the port: take a reserved one, which another host may have taken meanwhile, then give it the addresses that it lacks. */
const MAX_PASSES = 8;

/** Makes sure of this host's DHCP port. Returns the network as it is then, and the port. */
export async function ensureDhcpPort(
  rpc: Pick<DhcpPluginRpc, 'createDhcpPort' | 'updateDhcpPort'>,
  network: DhcpNetwork,
  deviceId: string,
): Promise<{ readonly network: DhcpNetwork; readonly port: DhcpPort }> {
  let current = network;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const step = planDhcpPort(current, deviceId);
    if (step.kind === 'keep') return { network: current, port: step.port };
    const port = step.kind === 'create' ? await rpc.createDhcpPort(step.request) : await rpc.updateDhcpPort(step.portId, step.request);
    if (port === null && step.kind === 'create') break;
    // A port that the server did not let this host have is gone, or another host's.
    const id = step.kind === 'create' ? port?.id : step.portId;
    current = { ...current, ports: [...current.ports.filter((other) => other.id !== id), ...(port === null ? [] : [port])] };
  }
  throw new Error(`the server gives network ${network.id} no DHCP port with an address in each of its subnets`);
}
