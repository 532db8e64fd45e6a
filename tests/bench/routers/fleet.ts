import type { JsonObject } from '@neutrino/lib/json';
import type { ApiClient } from '../api-client.ts';

/** A router as many projects have one: an interface, a gateway with source NAT, and an instance's port with a floating IP. */
export interface FleetRouter {
  readonly id: string;
  readonly network: string;
  readonly floatingIp: string;
  readonly port: string;
  readonly interfaceTime: number;
}

export interface Fleet {
  readonly outside: string;
  readonly routers: readonly FleetRouter[];
  /** How long the request for each interface took, in milliseconds, in the order in which there were more and more routers. */
  readonly interfaceTimes: readonly number[];
}

export async function makeFleet(api: ApiClient, count: number): Promise<Fleet> {
  const outside = await make(api, 'network', { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'outside' });
  await make(api, 'subnet', { network_id: outside, ip_version: 4, cidr: '203.0.0.0/16', enable_dhcp: false });
  const routers: FleetRouter[] = [];
  for (let number = 0; number < count; number++) routers.push(await makeRouter(api, outside, number));
  return { outside, routers, interfaceTimes: routers.map(({ interfaceTime }) => interfaceTime) };
}

export async function makeRouter(api: ApiClient, outside: string, number: number): Promise<FleetRouter> {
  const id = await make(api, 'router', { name: `router-${number}` });
  const { network, time } = await addInterface(api, id, `10.${number >> 8}.${number & 255}.0/24`);
  await api.send('PUT', `/v2.0/routers/${id}`, { router: { external_gateway_info: { network_id: outside } } });
  const port = await make(api, 'port', { network_id: network });
  const floatingIp = await make(api, 'floatingip', { floating_network_id: outside, port_id: port });
  return { id, network, floatingIp, port, interfaceTime: time };
}

/** An interface on a network of its own. */
export async function addInterface(api: ApiClient, router: string, cidr: string): Promise<{ readonly network: string; readonly time: number }> {
  const network = await make(api, 'network', {});
  const subnet = await make(api, 'subnet', { network_id: network, ip_version: 4, cidr, enable_dhcp: false });
  const began = performance.now();
  await api.send('PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
  return { network, time: performance.now() - began };
}

/** How many floating IPs have each status. */
export async function floatingStatuses(api: ApiClient): Promise<ReadonlyMap<string, number>> {
  const text = (await api.send('GET', '/v2.0/floatingips?fields=status')).toString();
  const counts = new Map<string, number>();
  for (const [, status = ''] of text.matchAll(/"status": ?"(\w+)"/g)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

async function make(api: ApiClient, kind: string, body: JsonObject): Promise<string> {
  const answer = (await api.json('POST', `/v2.0/${kind}s`, { [kind]: body }))[kind] as JsonObject;
  return String(answer['id']);
}
