import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { hostEntries } from './plan-host-entries.ts';
import { ipVersion } from './served-network.ts';

/** One line of dnsmasq's lease file. */
export interface Lease {
  /** Seconds since the epoch; 0 for never. */
  readonly expires: number;
  /** IPv4: the MAC address. IPv6: the IAID as a decimal number, with `T` in front for a temporary address. */
  readonly owner: string;
  readonly address: string;
  readonly hostname: string;
  /** Colon-separated hexadecimal bytes (IPv6: the client's DUID), or `*` for none. */
  readonly clientId: string;
}

export interface LeaseFile {
  /** The server's own DUID, where it has given IPv6 leases. */
  readonly duid: string | null;
  readonly leases: readonly Lease[];
}

/** Reads dnsmasq's lease file; lines of another form are left out. */
export function parseLeaseFile(text: string): LeaseFile {
  let duid: string | null = null;
  const leases: Lease[] = [];
  for (const line of text.split('\n')) {
    const [first = '', second = '', third, fourth, fifth] = line.trim().split(' ');
    if (first === 'duid') duid = second;
    else if (/^\d+$/.test(first) && third !== undefined && fourth !== undefined && fifth !== undefined) {
      leases.push({ expires: Number(first), owner: second, address: third.replace(/^\[|\]$/g, ''), hostname: fourth, clientId: fifth });
    }
  }
  return { duid, leases };
}

export function renderLeaseFile(file: LeaseFile): string {
  const line = (lease: Lease): string => `${lease.expires} ${lease.owner} ${lease.address} ${lease.hostname} ${lease.clientId}\n`;
  const of = (version: 4 | 6): string => file.leases.filter((lease) => ipVersion(lease.address) === version).map(line).join('');
  return of(4) + (file.duid === null ? '' : `duid ${file.duid}\n`) + of(6);
}

/**
 * The leases that dnsmasq is to know when it starts: those it has given and that still hold, and one without
 * end for every other IPv4 address, so that a client which got it from another server is not refused when it
 * renews. (An IPv6 lease cannot be made up: only the client knows its IAID.)
 */
export function initialLeases(network: DhcpNetwork, existing: LeaseFile, nowSeconds: number): LeaseFile {
  const stale = new Set(staleLeases(network, existing));
  const kept = existing.leases.filter((lease) => !stale.has(lease) && (lease.expires === 0 || lease.expires > nowSeconds));
  const known = new Set(kept.map((lease) => lease.address));
  const made = leasedAddresses(network)
    .filter(({ address }) => ipVersion(address) === 4 && !known.has(address))
    .map(({ mac, address }) => ({ expires: 0, owner: mac, address, hostname: '*', clientId: '*' }));
  return { duid: existing.duid, leases: [...kept, ...made] };
}

/** Leases whose address belongs to no port now, or (IPv4) to a port with another MAC address. */
export function staleLeases(network: DhcpNetwork, file: LeaseFile): readonly Lease[] {
  const macs = new Map(leasedAddresses(network).map(({ address, mac }) => [address, mac.toLowerCase()]));
  return file.leases.filter((lease) => {
    const mac = macs.get(lease.address);
    if (mac === undefined) return true;
    return ipVersion(lease.address) === 4 && mac !== lease.owner.toLowerCase();
  });
}

function leasedAddresses(network: DhcpNetwork): readonly { readonly mac: string; readonly address: string }[] {
  return hostEntries(network, '')
    .filter((entry) => entry.leased && entry.subnet?.enable_dhcp === true)
    .flatMap((entry) => entry.addresses.map((address) => ({ mac: entry.port.mac_address, address })));
}
