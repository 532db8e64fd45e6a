import { parseCidr } from '@neutrino/lib/net/cidr';
import { canonicalIp } from '@neutrino/lib/net/ip';
import type { ForwardingFloatingIp, RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { linkMtu } from '../linux/link-mtu.ts';
import { internalDevice, namespaceName, tapDevice } from './device-names.ts';
import { floatingIpsOf } from './floatingip-statuses.ts';
import { type Gateway, gatewayOfFloatingIp, gatewaysOf } from './gateways.ts';
import type { L3Settings, RouterFacts } from './l3-settings.ts';
import { planAdvertisements } from './plan-advertisements.ts';
import { planRoutes, type PlannedRoute } from './plan-routes.ts';
import { planRules, type PlannedRule } from './plan-rules.ts';
import { planTables, type RouterTables } from './plan-tables.ts';

/** What this host is to be for one router. A pure value: it says nothing of what is there. */
export interface RouterPlan {
  readonly routerId: string;
  readonly namespace: string;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly devices: readonly PlannedDevice[];
  readonly routes: readonly PlannedRoute[];
  readonly rules: readonly PlannedRule[];
  readonly tables: RouterTables;
  /** radvd's configuration; null where there is nothing to advertise. */
  readonly advertisements: string | null;
}

export interface PlannedDevice {
  /** Inside the namespace. */
  readonly name: string;
  /** Its other end, on the host. */
  readonly tap: string;
  readonly mac: string;
  readonly mtu: number;
  /** With prefix length; the first of a subnet is the one that the router itself speaks from. */
  readonly addresses: readonly string[];
  readonly sysctls: ReadonlyMap<string, string>;
}

/** Whether this agent knows how to make the router: a distributed one is not whole on one host, and half of it would harm; a copy of a highly available one needs to hear the others. */
export function isKnownKind({ ha, distributed, _ha_interface: port }: RouterInfo): boolean {
  return distributed !== true && (ha !== true || (port !== undefined && port !== null));
}

/** Whether this agent is to have the router. */
export function isServed(router: RouterInfo, settings: Pick<L3Settings, 'handleInternalOnlyRouters'>): boolean {
  const isInternalOnly = (router.gw_port ?? null) === null && (router.external_gateway_info ?? null) === null;
  return router.admin_state_up && isKnownKind(router) && (settings.handleInternalOnlyRouters || !isInternalOnly);
}

export function planRouter(router: RouterInfo, facts: RouterFacts): RouterPlan {
  const internal = (router._interfaces ?? []).filter((port) => port.admin_state_up).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const gateways = gatewaysOf(router, facts);
  const routes = planRoutes(router, internal, gateways, facts);
  return {
    routerId: router.id,
    namespace: namespaceName(router.id),
    sysctls: new Map([
      ['ipv4/ip_forward', '1'],
      // Only the device that has an address answers for it, and questions are asked with an address of the right subnet.
      ['ipv4/conf/all/arp_ignore', '1'],
      ['ipv4/conf/all/arp_announce', '2'],
      // The first address of a subnet may go without taking the others along.
      ['ipv4/conf/all/promote_secondaries', '1'],
      ...(facts.ipv6 ? ([['ipv6/conf/all/forwarding', '1'], ['ipv6/conf/default/accept_ra', '0']] as const) : []),
      ...(gateways.length > 1 ? severalGateways(facts) : []),
    ]),
    devices: [
      ...internal.map((port) => planDevice(port, internalDevice(port.id), [], facts, '0')),
      ...gateways.map((gateway) => planGateway(router, gateways, gateway, facts)),
    ],
    routes,
    rules: planRules(router, gateways, routes, facts),
    tables: { ...planTables(router, internal, gateways, facts), ...(facts.ipv6 ? {} : { IPv6: new Map() }) },
    advertisements: facts.ipv6 ? planAdvertisements(internal, facts.advertisements) : null,
  };
}

/**
 * Packets of one flow take one way. What comes in by one of them need not be what would leave by it: the rules see to that. What is wrong with a packet
 * is said by the device by which it came: from its address in IPv4, and by the mark of the packet in IPv6, which has no such choice.
 */
function severalGateways({ ipv6 }: RouterFacts): readonly (readonly [string, string])[] {
  const v4 = [['ipv4/fib_multipath_hash_policy', '1'], ['ipv4/conf/all/rp_filter', '0'], ['ipv4/icmp_errors_use_inbound_ifaddr', '1']] as const;
  return [...v4, ...(ipv6 ? ([['ipv6/fib_multipath_hash_policy', '1'], ['ipv6/fwmark_reflect', '1']] as const) : [])];
}

function planGateway(router: RouterInfo, gateways: readonly Gateway[], gateway: Gateway, facts: RouterFacts): PlannedDevice {
  const { port, device } = gateway;
  // A route that is learned is the router's, not that of a gateway.
  const isForAll = gateway === gateways[0] || router.enable_default_route_ecmp === true;
  const own = floatingIpsOf(router).filter((each) => gatewayOfFloatingIp(gateways, each) === gateway);
  const planned = planDevice(port, device, floatingAddresses(own), facts, isForAll && learnsGateway(port, facts) ? '2' : '0');
  return gateways.length === 1 ? planned : { ...planned, sysctls: new Map([...planned.sysctls, [`ipv4/conf/${device}/rp_filter`, '0']]) };
}

function planDevice(port: RouterPort, name: string, more: readonly string[], { ipv6 }: RouterFacts, acceptAdvertisements: string): PlannedDevice {
  const own = port.fixed_ips.flatMap(({ ip_address: text, prefixlen }) => {
    const address = canonicalIp(text);
    return address === undefined || (!ipv6 && address.includes(':')) ? [] : [`${address}/${prefixlen}`];
  });
  return {
    name,
    tap: tapDevice(port.id),
    mac: port.mac_address.toLowerCase(),
    mtu: linkMtu(port.mtu),
    addresses: [...own, ...more.filter((address) => !own.includes(address))],
    // Advertisements tell it of a gateway, not of addresses: those come from the server alone.
    sysctls: new Map(ipv6 ? [[`ipv6/conf/${name}/accept_ra`, acceptAdvertisements], [`ipv6/conf/${name}/autoconf`, '0']] : []),
  };
}

function floatingAddresses(floatingIps: readonly ForwardingFloatingIp[]): readonly string[] {
  return [...new Set(floatingIps.map(({ floating_ip_address: address }) => `${address}/32`))].toSorted();
}

/** Where nobody says what the IPv6 gateway is, routers outside do. A router listens to advertisements only if it is told to in spite of forwarding: 2. */
function learnsGateway(port: RouterPort, { ipv6Gateway }: L3Settings): boolean {
  return ipv6Gateway === '' && !port.subnets.some(({ cidr, gateway_ip: gateway }) => gateway !== null && parseCidr(cidr)?.version === 6);
}
