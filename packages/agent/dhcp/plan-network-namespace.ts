import { cidrContains, parseCidr } from '@neutrino/lib/net/cidr';
import { parseIp } from '@neutrino/lib/net/ip';
import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';
import { type InnerLinkState, type ServiceDevice, serviceDeviceNames, type TapState } from '../linux/interface-driver.ts';
import { linkMtu } from '../linux/link-mtu.ts';
import type { Gateway, Gateways } from '../linux/route.ts';
import type { MetadataPolicy } from './served-network.ts';

export const NAMESPACE_PREFIX = 'qdhcp-';
export const METADATA_IPV4 = '169.254.169.254';
export const METADATA_IPV6 = 'fe80::a9fe:a9fe';
/** With Neutron's length, so that its agent and ours can follow one another without its going. */
export const METADATA_IPV6_CIDR = `${METADATA_IPV6}/64`;

/** What the namespace of one network is to contain. */
export interface NamespacePlan {
  readonly namespace: string;
  readonly device: ServiceDevice;
  /** With prefix length. */
  readonly addresses: readonly string[];
  readonly gateways: Gateways;
}

export interface ActualNamespace {
  readonly exists: boolean;
  /** Router advertisements are refused and the loopback is up; the latter is done last. */
  readonly prepared: boolean;
  readonly links: ReadonlyMap<string, InnerLinkState>;
  readonly tap: TapState | null;
  readonly gateways: Gateways;
}

export type NamespaceStep =
  | { readonly kind: 'create-namespace' }
  | { readonly kind: 'prepare-namespace' }
  | { readonly kind: 'delete-orphaned-tap' }
  | { readonly kind: 'delete-stray-link'; readonly name: string }
  | { readonly kind: 'create-device' }
  | { readonly kind: 'set-mac' }
  | { readonly kind: 'set-inner-mtu' }
  | { readonly kind: 'set-tap-mtu' }
  | { readonly kind: 'disable-tap-ipv6' }
  | { readonly kind: 'compute-checksums' }
  | { readonly kind: 'set-inner-up' }
  | { readonly kind: 'set-tap-up' }
  | { readonly kind: 'add-address'; readonly address: string }
  | { readonly kind: 'delete-address'; readonly address: string }
  | { readonly kind: 'set-gateway'; readonly gateway: Gateway }
  | { readonly kind: 'delete-gateway'; readonly version: 4 | 6 };

export interface NamespaceFacts extends MetadataPolicy {
  /** Whether this host speaks IPv6 at all. */
  readonly ipv6: boolean;
}

export function namespaceName(networkId: string): string {
  return `${NAMESPACE_PREFIX}${networkId}`;
}

export function planNamespace(network: DhcpNetwork, port: DhcpPort, facts: NamespaceFacts): NamespacePlan {
  const subnets = new Map(network.subnets.filter((subnet) => subnet.enable_dhcp).map((subnet) => [subnet.id, subnet]));
  const own = port.fixed_ips.flatMap((ip) => {
    const prefix = parseCidr(subnets.get(ip.subnet_id)?.cidr ?? '');
    return prefix === undefined || (prefix.version === 6 && !facts.ipv6) ? [] : [`${ip.ip_address}/${prefix.prefixLength}`];
  });
  const namespace = namespaceName(network.id);
  return {
    namespace,
    device: { namespace, ...serviceDeviceNames(port.id), mac: port.mac_address.toLowerCase(), mtu: linkMtu(network.mtu) },
    addresses: [...own, ...metadataAddresses(network, facts)],
    gateways: { 4: defaultGateway(network, 4), 6: facts.ipv6 ? defaultGateway(network, 6) : null },
  };
}

/** The device has them wherever metadata may be served, so that a router's coming and going changes no address. */
function metadataAddresses(network: DhcpNetwork, facts: NamespaceFacts): readonly string[] {
  if (!facts.forceMetadata && !facts.enableIsolatedMetadata) return [];
  const ipv6 = facts.ipv6 && network.subnets.some((subnet) => subnet.ip_version === 6);
  return [`${METADATA_IPV4}/32`, ...(ipv6 ? [METADATA_IPV6_CIDR] : [])];
}

/** The gateway of the first subnet that has one: dnsmasq forwards its queries there. */
function defaultGateway(network: DhcpNetwork, version: 4 | 6): Gateway | null {
  const subnet = network.subnets.find((candidate) => candidate.ip_version === version && candidate.enable_dhcp && candidate.gateway_ip !== null);
  if (subnet?.gateway_ip === undefined || subnet.gateway_ip === null) return null;
  return { address: subnet.gateway_ip, onLink: !isInside(subnet, subnet.gateway_ip) };
}

function isInside(subnet: DhcpSubnet, address: string): boolean {
  const cidr = parseCidr(subnet.cidr);
  const ip = parseIp(address);
  return cidr !== undefined && ip !== undefined && cidrContains(cidr, ip);
}

/** The steps that turn `actual` into `plan`; none where they agree. */
export function namespaceDelta(plan: NamespacePlan, actual: ActualNamespace): readonly NamespaceStep[] {
  const { device } = plan;
  // Half a pair is of no use: the other half is in a namespace that this host does not know.
  const inner = actual.tap === null ? undefined : actual.links.get(device.name);
  const strays = [...actual.links.keys()].filter((name) => name !== device.name || inner === undefined);
  return [
    ...(actual.exists ? [] : [{ kind: 'create-namespace' } as const]),
    ...(actual.prepared ? [] : [{ kind: 'prepare-namespace' } as const]),
    ...strays.map((name) => ({ kind: 'delete-stray-link', name }) as const),
    ...(inner === undefined || actual.tap === null ? creation(actual) : linkChanges(plan, inner, actual.tap)),
    ...addressChanges(plan, inner?.addresses ?? []),
    ...gatewayChanges(plan.gateways, inner === undefined ? { 4: null, 6: null } : actual.gateways),
  ];
}

function creation(actual: ActualNamespace): readonly NamespaceStep[] {
  return [
    ...(actual.tap === null ? [] : [{ kind: 'delete-orphaned-tap' } as const]),
    { kind: 'create-device' },
    { kind: 'compute-checksums' },
    { kind: 'disable-tap-ipv6' },
    { kind: 'set-inner-up' },
    { kind: 'set-tap-up' },
  ];
}

function linkChanges({ device }: NamespacePlan, inner: InnerLinkState, tap: TapState): readonly NamespaceStep[] {
  const steps: NamespaceStep[] = [];
  if (inner.mac !== device.mac) steps.push({ kind: 'set-mac' });
  if (inner.mtu !== device.mtu) steps.push({ kind: 'set-inner-mtu' });
  if (inner.checksumOffload) steps.push({ kind: 'compute-checksums' });
  if (!inner.up) steps.push({ kind: 'set-inner-up' });
  if (tap.mtu !== device.mtu) steps.push({ kind: 'set-tap-mtu' });
  if (!tap.ipv6Disabled) steps.push({ kind: 'disable-tap-ipv6' });
  if (!tap.up) steps.push({ kind: 'set-tap-up' });
  return steps;
}

function addressChanges(plan: NamespacePlan, actual: readonly string[]): readonly NamespaceStep[] {
  const wanted = new Set(plan.addresses);
  const present = new Set(actual);
  return [
    ...[...wanted].filter((address) => !present.has(address)).map((address) => ({ kind: 'add-address', address }) as const),
    ...actual.filter((address) => !wanted.has(address)).map((address) => ({ kind: 'delete-address', address }) as const),
  ];
}

function gatewayChanges(wanted: Gateways, actual: Gateways): readonly NamespaceStep[] {
  return ([4, 6] as const).flatMap((version): readonly NamespaceStep[] => {
    const gateway = wanted[version];
    const present = actual[version];
    if (gateway === null) return present === null ? [] : [{ kind: 'delete-gateway', version }];
    return gateway.address === present?.address && gateway.onLink === present.onLink ? [] : [{ kind: 'set-gateway', gateway }];
  });
}
