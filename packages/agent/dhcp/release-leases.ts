import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { cidrContains, parseCidr } from '@neutrino/lib/net/cidr';
import { parseIp } from '@neutrino/lib/net/ip';
import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import type { Logger } from 'pino';
import { sendInNamespace } from '../privileged/namespace-socket.ts';
import { type Lease, type LeaseFile, parseLeaseFile, staleLeases } from './lease-file.ts';
import { dhcpRelease, dhcpv6Release } from './release-message.ts';
import { ipVersion } from './served-network.ts';

/** Milliseconds that dnsmasq gets to take a release, attempt by attempt. */
const PAUSES = [20, 100, 300];
/** All DHCPv6 relay agents and servers (RFC 8415, section 7.1). */
const DHCPV6_SERVERS = 'ff02::1:2';

export interface ReleaseOptions {
  readonly network: DhcpNetwork;
  readonly leaseFile: string;
  readonly namespace: string;
  readonly device: string;
  /** dnsmasq's own addresses with their prefixes. */
  readonly serverAddresses: readonly string[];
  readonly log: Logger;
}

/**
 * Makes the running dnsmasq forget the leases of ports that are gone or have changed. A release is a
 * datagram and may be lost, so the lease file is read again until they have left it.
 */
export async function releaseStaleLeases(options: ReleaseOptions): Promise<void> {
  let stale = remaining(options);
  for (const pause of PAUSES) {
    if (stale.length === 0) return;
    const file = readLeaseFile(options.leaseFile);
    for (const lease of stale) release(lease, file, options);
    await delay(pause);
    stale = remaining(options);
  }
  if (stale.length > 0) {
    options.log.warn({ network: options.network.id, addresses: stale.map((lease) => lease.address) }, 'leases of ports that are gone could not be released');
  }
}

function remaining(options: ReleaseOptions): readonly Lease[] {
  return staleLeases(options.network, readLeaseFile(options.leaseFile));
}

function release(lease: Lease, file: LeaseFile, options: ReleaseOptions): void {
  const { namespace, device } = options;
  if (ipVersion(lease.address) === 4) {
    const server = serverFor(lease.address, options.serverAddresses);
    if (server === undefined) return;
    sendInNamespace(namespace, { address: server, port: 67 }, dhcpRelease(lease, server, randomInt(2 ** 32)));
  } else if (file.duid !== null && lease.clientId !== '*') {
    sendInNamespace(namespace, { address: DHCPV6_SERVERS, port: 547, device }, dhcpv6Release(lease, file.duid, randomInt(2 ** 24)));
  }
}

/** dnsmasq takes a release only by its address in the lease's own subnet. */
function serverFor(address: string, servers: readonly string[]): string | undefined {
  const ip = parseIp(address);
  const server = servers.find((cidr) => {
    const subnet = parseCidr(cidr);
    return ip !== undefined && subnet !== undefined && cidrContains(subnet, ip);
  });
  return server?.split('/', 1)[0];
}

/** An absent file is an empty one. */
export function readLeaseFile(path: string): LeaseFile {
  try {
    return parseLeaseFile(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { duid: null, leases: [] };
    throw error;
  }
}
