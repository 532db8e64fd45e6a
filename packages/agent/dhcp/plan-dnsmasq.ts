import { join } from 'node:path';
import { type Cidr, netmask, parseCidr } from '@neutrino/lib/net/cidr';
import { addressBits, formatIp } from '@neutrino/lib/net/ip';
import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';
import { type DhcpSettings, networkDirectory } from './dhcp-settings.ts';
import { renderOptions } from './plan-dhcp-options.ts';
import { renderAdditionalHosts, renderHosts } from './plan-host-entries.ts';
import { allSubnets } from './served-network.ts';

/** What dnsmasq for one network is to be: its arguments, which only a restart changes, and files, which it reads again on SIGHUP. */
export interface DnsmasqPlan {
  readonly argv: readonly [string, ...string[]];
  readonly directory: string;
  readonly pidFile: string;
  readonly leaseFile: string;
  /** The folder for dnsmasq's own log, where one is wanted. */
  readonly logDirectory: string | null;
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
}

export function planDnsmasq(network: DhcpNetwork, dhcpPort: DhcpPort, settings: DhcpSettings, user: string | null): DnsmasqPlan {
  const directory = networkDirectory(settings, network.id);
  const paths = filePaths(directory);
  const logBase = settings.dnsmasq.baseLogDirectory;
  const logDirectory = logBase === null ? null : join(logBase, network.id);
  return {
    argv: ['dnsmasq', ...fixedArguments(paths), ...rangeArguments(network, settings), ...settingsArguments(settings, logDirectory, user)],
    directory,
    pidFile: paths.pid,
    leaseFile: paths.leases,
    logDirectory,
    files: {
      [paths.host]: renderHosts(network, settings.dnsDomain, settings.dnsmasq.enableAddr6List),
      [paths.addnHosts]: renderAdditionalHosts(network, settings.dnsDomain),
      [paths.opts]: renderOptions(network, dhcpPort, settings),
    },
  };
}

interface FilePaths {
  readonly pid: string;
  readonly host: string;
  readonly addnHosts: string;
  readonly opts: string;
  readonly leases: string;
}

export function filePaths(directory: string): FilePaths {
  return {
    pid: join(directory, 'pid'),
    host: join(directory, 'host'),
    addnHosts: join(directory, 'addn_hosts'),
    opts: join(directory, 'opts'),
    leases: join(directory, 'leases'),
  };
}

function fixedArguments(paths: FilePaths): readonly string[] {
  return [
    '--no-hosts',
    `--pid-file=${paths.pid}`,
    `--dhcp-hostsfile=${paths.host}`,
    `--addn-hosts=${paths.addnHosts}`,
    `--dhcp-optsfile=${paths.opts}`,
    `--dhcp-leasefile=${paths.leases}`,
    '--dhcp-match=set:ipxe,175',
    '--dhcp-userclass=set:ipxe6,iPXE',
    '--local-service',
    '--bind-dynamic',
  ];
}

function rangeArguments(network: DhcpNetwork, settings: DhcpSettings): readonly string[] {
  const served = allSubnets(network).filter(leasesAddresses).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const lease = settings.leaseDurationSeconds === -1 ? 'infinite' : `${settings.leaseDurationSeconds}s`;
  const possible = served.map(subnetPrefix).reduce((sum, cidr) => sum + 2 ** (addressBits(cidr.version) - cidr.prefixLength), 0);
  return [
    ...served.map((subnet) => rangeArgument(subnet, lease)),
    ...(network.mtu > 0 ? [`--dhcp-option-force=option:mtu,${network.mtu}`] : []),
    `--dhcp-lease-max=${Math.min(possible, settings.dnsmasq.leaseMax)}`,
  ];
}

/** Whether dnsmasq answers DHCP on the subnet; it takes no IPv6 range wider than a /64. */
function leasesAddresses(subnet: DhcpSubnet): boolean {
  if (!subnet.enable_dhcp) return false;
  if (subnet.ip_version === 4) return true;
  const modes = [subnet.ipv6_address_mode, subnet.ipv6_ra_mode];
  const byDhcp = subnet.ipv6_address_mode?.startsWith('dhcpv6') ?? modes.every((mode) => mode === null);
  return byDhcp && subnetPrefix(subnet).prefixLength >= 64;
}

function rangeArgument(subnet: DhcpSubnet, lease: string): string {
  const cidr = subnetPrefix(subnet);
  const address = formatIp({ version: cidr.version, value: cidr.first });
  const size = cidr.version === 4 ? netmask(cidr) : String(cidr.prefixLength);
  return `--dhcp-range=set:subnet-${subnet.id},${address},static,${size},${lease}`;
}

function settingsArguments(settings: DhcpSettings, logDirectory: string | null, user: string | null): readonly string[] {
  const { dnsmasq } = settings;
  const ownForwarders = dnsmasq.dnsServers.length > 0 || !dnsmasq.localResolv;
  return [
    ...(ownForwarders ? ['--no-resolv'] : []),
    ...(settings.renewalTimeSeconds > 0 ? [`--dhcp-option-force=option:T1,${settings.renewalTimeSeconds}s`] : []),
    ...(settings.rebindingTimeSeconds > 0 ? [`--dhcp-option-force=option:T2,${settings.rebindingTimeSeconds}s`] : []),
    `--conf-file=${dnsmasq.configFile.trim() || '/dev/null'}`,
    ...dnsmasq.dnsServers.map((server) => `--server=${server}`),
    ...(settings.dnsDomain === '' ? [] : [`--domain=${settings.dnsDomain}`]),
    ...(settings.broadcastReply ? ['--dhcp-broadcast'] : []),
    ...(logDirectory === null ? [] : ['--log-queries', '--log-dhcp', `--log-facility=${join(logDirectory, 'dhcp_dns_log')}`]),
    ...(user === null ? [] : [`--user=${user}`]),
  ];
}

function subnetPrefix(subnet: DhcpSubnet): Cidr {
  const cidr = parseCidr(subnet.cidr);
  if (cidr === undefined) throw new TypeError(`subnet ${subnet.id} has no valid prefix: ${subnet.cidr}`);
  return cidr;
}
