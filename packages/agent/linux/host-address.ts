import { isJsonObject } from '@neutrino/lib/json';
import { parseCidr } from '@neutrino/lib/net/cidr';
import { canonicalIp } from '@neutrino/lib/net/ip';
import { eui64Address } from '@neutrino/lib/net/mac';
import { run } from '../privileged/run.ts';

/** An address that somebody gave the host on one of its devices. */
export interface HostAddress {
  /** As `ip address delete` takes it: with the prefix length, or with the peer. */
  readonly address: string;
  /** What `ip address replace` takes besides: scope, broadcast, lifetimes … */
  readonly options: readonly string[];
  /** The kernel has made a route to its prefix. */
  readonly prefixRoute: boolean;
  /** It goes by itself in time. */
  readonly limited: boolean;
}

/** The device's addresses in an order in which each can be set again. Those that the kernel gives by itself are not among them. */
export async function readHostAddresses(device: string): Promise<readonly HostAddress[]> {
  const { stdout } = await run(['ip', '-json', '-details', 'address', 'show', 'dev', device]);
  return parseHostAddresses(stdout);
}

interface IpAddressRow {
  readonly family: string;
  readonly local: string;
  /** The other end. */
  readonly address?: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly broadcast?: string;
  readonly metric?: number;
  readonly noprefixroute?: boolean;
  readonly mngtmpaddr?: boolean;
  readonly protocol?: string;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
}

/** Reads what `ip -json -details address show dev …` prints. */
export function parseHostAddresses(text: string): readonly HostAddress[] {
  const [link] = JSON.parse(text) as readonly { readonly address?: string; readonly addr_info?: readonly unknown[] }[];
  const rows = (link?.addr_info ?? []).filter((row) => isJsonObject(row) && typeof row['local'] === 'string') as unknown as readonly IpAddressRow[];
  // The kernel lists the newest IPv6 address first; among IPv4 addresses of one subnet the first is the primary one.
  const ordered = [...rows.filter(({ family }) => family === 'inet'), ...rows.filter(({ family }) => family === 'inet6').toReversed()];
  return ordered.filter((row) => row.scope !== 'host' && !isOfKernel(row, link?.address)).map(toHostAddress);
}

function isOfKernel({ family, scope, local, protocol }: IpAddressRow, mac: string | undefined): boolean {
  if (family !== 'inet6' || scope !== 'link') return false;
  const prefix = parseCidr('fe80::/64');
  return protocol === 'kernel_ll' || (mac !== undefined && prefix !== undefined && eui64Address(prefix, mac) === canonicalIp(local));
}

const forever = 0xffff_ffff;

function toHostAddress(row: IpAddressRow): HostAddress {
  const lifetime = (seconds: number): string => (seconds === forever ? 'forever' : String(seconds));
  return {
    address: row.address === undefined ? `${row.local}/${row.prefixlen}` : `${row.local} peer ${row.address}/${row.prefixlen}`,
    options: [
      ...(row.broadcast === undefined ? [] : [`broadcast ${row.broadcast}`]),
      ...(row.family === 'inet' ? [`scope ${row.scope}`] : []),
      ...(row.metric === undefined ? [] : [`metric ${row.metric}`]),
      ...(row.valid_life_time === forever && row.preferred_life_time === forever
        ? []
        : [`valid_lft ${lifetime(row.valid_life_time)} preferred_lft ${lifetime(row.preferred_life_time)}`]),
      ...(row.mngtmpaddr === true ? ['mngtmpaddr'] : []),
      ...(row.noprefixroute === true ? ['noprefixroute'] : []),
      // What another device of this host has just had is no duplicate.
      ...(row.family === 'inet6' ? ['nodad'] : []),
    ],
    prefixRoute: row.noprefixroute !== true,
    limited: row.valid_life_time !== forever,
  };
}
