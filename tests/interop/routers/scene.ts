import type { JsonObject } from '@neutrino/lib/json';
import type { ComputeHosts, Outside } from '../installation.ts';
import { boot, type Instance } from '../instance.ts';
import { eventually, problems } from '../outcome.ts';
import type { NetworkApi } from '../network-api.ts';

/**
 * A router between two networks, with an instance on each, on different hosts, and a gateway to the outside. The network in the east has DHCP; in the
 * west nobody but the router serves anything of IPv4. Both have IPv6 of the router's advertisements.
 */
export interface RoutedScene {
  readonly api: NetworkApi;
  readonly compute: ComputeHosts;
  readonly outside: Outside;
  readonly check: (name: string, look: () => Promise<string | undefined>) => Promise<void>;
  readonly routerId: string;
  readonly namespace: string;
  readonly external: JsonObject;
  readonly east: Instance;
  readonly west: Instance;
  readonly networks: Readonly<Record<'east' | 'west', JsonObject>>;
  /** The address that the outside sees where there is no floating IP. */
  gatewayAddress(): Promise<string>;
  changeRouter(body: JsonObject): Promise<JsonObject>;
  /** Instances, interfaces, router. */
  removeRouter(): Promise<void>;
  /** What is left of what was made. */
  remove(): Promise<void>;
}

/** What the west has behind its instance. */
export const BEHIND_WEST = '10.99.0.0/24';

/** `more`: attributes of the router. */
export async function openScene(api: NetworkApi, compute: ComputeHosts, outside: Outside, check: RoutedScene['check'], more: JsonObject = {}): Promise<RoutedScene> {
  const external = await api.make('networks', { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'provider' });
  await api.make('subnets', { network_id: String(external['id']), name: 'outside', cidr: '203.0.113.0/24', ip_version: 4, gateway_ip: outside.gateway, enable_dhcp: false });
  const group = await api.make('security-groups', { name: 'routed' });
  const groupId = String(group['id']);
  for (const ethertype of ['IPv4', 'IPv6']) await api.make('security-group-rules', { security_group_id: groupId, direction: 'ingress', ethertype });
  const router = await api.make('routers', { name: 'between', external_gateway_info: { network_id: String(external['id']) }, ...more });
  const routerId = String(router['id']);
  const subnetIds: string[] = [];
  const networkWith = async (name: string, number: number, dhcp: boolean): Promise<JsonObject> => {
    const network = await api.make('networks', { name, 'provider:network_type': 'vxlan' });
    const own = { network_id: String(network['id']), name };
    const subnets = [
      await api.make('subnets', { ...own, cidr: `10.73.${number}.0/24`, ip_version: 4, enable_dhcp: dhcp }),
      await api.make('subnets', { ...own, cidr: `fd00:73:${number}::/64`, ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }),
    ];
    for (const { id } of subnets) {
      await api.request('PUT', `/routers/${routerId}/add_router_interface`, { subnet_id: id });
      subnetIds.push(String(id));
    }
    return network;
  };
  const networks = { east: await networkWith('east', 1, true), west: await networkWith('west', 2, false) };
  const [one, two] = compute.hosts;
  const east = await boot(api, one, 'east', { network: networks.east, groups: [groupId] });
  const west = await boot(api, two, 'west', { network: networks.west, groups: [groupId], port: { allowed_address_pairs: [{ ip_address: BEHIND_WEST }] } });
  return {
    api, compute, outside, check, routerId, external, east, west, networks,
    namespace: `qrouter-${routerId}`,
    changeRouter: (body) => api.change('routers', routerId, body),
    async gatewayAddress() {
      const info = (await api.show('routers', routerId))['external_gateway_info'] as { readonly external_fixed_ips: readonly { readonly ip_address: string }[] };
      return info.external_fixed_ips[0]?.ip_address ?? '';
    },
    async removeRouter() {
      for (const instance of [east, west]) await instance.remove();
      for (const subnetId of subnetIds) await api.request('PUT', `/routers/${routerId}/remove_router_interface`, { subnet_id: subnetId });
      await api.remove('routers', routerId);
    },
    async remove() {
      for (const network of [networks.east, networks.west, external]) await api.remove('networks', String(network['id']));
      await api.remove('security-groups', groupId);
    },
  };
}

/** Whether each of these is seen as it is said to be; looks until it is. */
export async function untilSeen(seen: Readonly<Record<string, () => Promise<boolean>>>): Promise<string | undefined> {
  return await eventually(async () => {
    const held = await Promise.all(Object.entries(seen).map(async ([what, look]) => ((await look()) ? '' : `it is not so that ${what}`)));
    return problems(held.filter((line) => line !== ''));
  });
}
