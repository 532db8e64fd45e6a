import type { ForwardingFloatingIp, RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { externalDevice } from './device-names.ts';
import { numberGateways } from './gateway-numbers.ts';
import type { L3Settings } from './l3-settings.ts';

/** One of a router's ways to the outside. */
export interface Gateway {
  readonly port: RouterPort;
  readonly device: string;
  readonly number: number;
}

/** In their order: the first is the one that the router would have alone. */
export function gatewaysOf(router: RouterInfo, settings: Pick<L3Settings, 'metadataAccessMark' | 'externalIngressMark'>): readonly Gateway[] {
  const ports = gatewayPorts(router);
  const numbers = numberGateways(ports.map(({ id }) => id), [settings.metadataAccessMark, settings.externalIngressMark]);
  return ports.map((port) => ({ port, device: externalDevice(port.id), number: numbers.get(port.id) ?? 0 }));
}

export function gatewayPorts({ gw_port: first, extra_gw_ports: others }: RouterInfo): readonly RouterPort[] {
  return [...(first === null || first === undefined ? [] : [first]), ...(others ?? [])];
}

/** The gateway that has a floating IP: of several on its network the first. */
export function gatewayOfFloatingIp<G extends Pick<Gateway, 'port'>>(gateways: readonly G[], { floating_network_id: network }: Pick<ForwardingFloatingIp, 'floating_network_id'>): G | undefined {
  return gateways.find(({ port }) => port.network_id === network) ?? gateways[0];
}
