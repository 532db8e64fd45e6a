import { parseCidr } from '@neutrino/lib/net/cidr';
import type { RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { internalDevice } from './device-names.ts';
import type { AdvertisementSettings } from './l3-settings.ts';

/** IPv6 asks as much of every link (RFC 8200). */
const LEAST_MTU = 1280;
/** More do not fit in what radvd sends. */
const MOST_DNS_SERVERS = 3;
/** Where instances without IPv4 ask for metadata. */
const METADATA_IPV6 = 'fe80::a9fe:a9fe';

/** The configuration of radvd(8) for a router's internal interfaces; null where none has an IPv6 subnet. */
export function planAdvertisements(internal: readonly RouterPort[], settings: AdvertisementSettings): string | null {
  const interfaces = internal.flatMap((port) => {
    const subnets = port.subnets.filter(({ cidr }) => parseCidr(cidr)?.version === 6);
    return subnets.length === 0 ? [] : [interfaceBlock(port, subnets, settings)];
  });
  return interfaces.length === 0 ? null : interfaces.join('\n');
}

function interfaceBlock(port: RouterPort, subnets: RouterPort['subnets'], settings: AdvertisementSettings): string {
  const modes = new Set(subnets.map(({ ipv6_ra_mode: mode }) => mode));
  const dnsServers = subnets.filter(({ ipv6_ra_mode: mode }) => mode === 'slaac').flatMap(({ dns_nameservers: servers }) => servers.filter((server) => server.includes(':')));
  const prefixes = subnets
    .filter(({ ipv6_ra_mode: mode }) => mode !== null)
    .toSorted((a, b) => (a.cidr < b.cidr ? -1 : 1))
    .map(({ cidr, ipv6_ra_mode: mode }) => `  prefix ${cidr} {\n    AdvOnLink on;\n    AdvAutonomous ${mode === 'dhcpv6-stateful' ? 'off' : 'on'};\n  };`);
  const lines = [
    '  AdvSendAdvert on;',
    `  MinRtrAdvInterval ${settings.minIntervalSeconds};`,
    `  MaxRtrAdvInterval ${settings.maxIntervalSeconds};`,
    ...(port.mtu >= LEAST_MTU ? [`  AdvLinkMTU ${port.mtu};`] : []),
    ...(modes.has('dhcpv6-stateless') ? ['  AdvOtherConfigFlag on;'] : []),
    ...(modes.has('dhcpv6-stateful') ? ['  AdvManagedFlag on;'] : []),
    ...(dnsServers.length > 0 ? [`  RDNSS ${dnsServers.slice(0, MOST_DNS_SERVERS).join(' ')} {};`] : []),
    ...prefixes,
    `  route ${METADATA_IPV6}/128 {};`,
  ];
  return `interface ${internalDevice(port.id)} {\n${lines.join('\n')}\n};\n`;
}
