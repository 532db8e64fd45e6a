import { readFileSync, writeFileSync } from 'node:fs';
import { disableTransmitChecksumOffload, transmitChecksumOffload } from '../privileged/checksum-offload.ts';
import { linkState, type LinkState } from '../privileged/link-state.ts';
import { run } from '../privileged/run.ts';

/**
 * The pair of devices by which a service inside a namespace takes part in a network: `ns-…` inside, and
 * `tap…` on the host, which the layer 2 agent plugs into the network's bridge.
 */
export interface ServiceDevice {
  readonly namespace: string;
  /** Name inside the namespace. */
  readonly name: string;
  /** Name on the host. */
  readonly tap: string;
  readonly mac: string;
  readonly mtu: number;
}

export interface TapState extends LinkState {
  /** The host has no business on the tenants' network: no address of its own there. */
  readonly ipv6Disabled: boolean;
}

export interface InnerLinks {
  readonly loopbackUp: boolean;
  readonly links: ReadonlyMap<string, InnerLinkState>;
}

export interface InnerLinkState extends LinkState {
  readonly mac: string;
  readonly checksumOffload: boolean;
  /** With prefix length; without the link-local one that the kernel gives by itself. */
  readonly addresses: readonly string[];
}

interface LinkRow {
  readonly ifname: string;
  readonly address?: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local?: string; readonly prefixlen: number; readonly scope?: string }[];
}

export function serviceDeviceNames(portId: string): { readonly name: string; readonly tap: string } {
  const suffix = portId.slice(0, 11);
  return { name: `ns-${suffix}`, tap: `tap${suffix}` };
}

/** The loopback and, by name, the service devices inside the namespace. */
export async function readInnerLinks(namespace: string): Promise<InnerLinks> {
  const { stdout } = await run(['ip', '-n', namespace, '-j', 'address', 'show']);
  const rows = JSON.parse(stdout) as readonly LinkRow[];
  const services = rows.filter((row) => row.ifname.startsWith('ns-'));
  const links = new Map(
    services.map((row) => [
      row.ifname,
      {
        mtu: row.mtu,
        up: row.flags.includes('UP'),
        mac: row.address ?? '',
        checksumOffload: transmitChecksumOffload(namespace, row.ifname),
        addresses: row.addr_info
          .filter((info) => !(info.scope === 'link' && info.prefixlen === 64))
          .flatMap((info) => (info.local === undefined ? [] : [`${info.local}/${info.prefixlen}`])),
      },
    ]),
  );
  return { loopbackUp: rows.some((row) => row.ifname === 'lo' && row.flags.includes('UP')), links };
}

/** The host side; null where there is none. */
export function readTap(tap: string): TapState | null {
  const state = linkState(tap);
  return state === null ? null : { ...state, ipv6Disabled: isIpv6Disabled(tap) };
}

/** Makes the pair, each side where it belongs; both are down still. */
export async function createServiceDevice(device: ServiceDevice): Promise<void> {
  const { namespace, name, tap, mac } = device;
  const mtu = ['mtu', String(device.mtu)];
  await run(['ip', 'link', 'add', tap, ...mtu, 'type', 'veth', 'peer', 'name', name, 'address', mac, ...mtu, 'netns', namespace]);
}

export async function setInnerLink(namespace: string, name: string, ...change: readonly string[]): Promise<void> {
  await run(['ip', '-n', namespace, 'link', 'set', 'dev', name, ...change]);
}

export async function setTap(tap: string, ...change: readonly string[]): Promise<void> {
  await run(['ip', 'link', 'set', 'dev', tap, ...change]);
}

export function computeChecksums(namespace: string, name: string): void {
  disableTransmitChecksumOffload(namespace, name);
}

export async function addAddress(namespace: string, name: string, address: string): Promise<void> {
  await run(['ip', '-n', namespace, 'address', 'replace', address, 'dev', name]);
}

/** An address that is gone already is no error. */
export async function deleteAddress(namespace: string, name: string, address: string): Promise<void> {
  await run(['ip', '-n', namespace, 'address', 'delete', address, 'dev', name], { accept: [2] });
}

/** Removes a device inside the namespace, and its peer with it. */
export async function deleteInnerLink(namespace: string, name: string): Promise<void> {
  await run(['ip', '-n', namespace, 'link', 'delete', 'dev', name], { accept: [1] });
}

export async function deleteTap(tap: string): Promise<void> {
  await run(['ip', 'link', 'delete', 'dev', tap], { accept: [1] });
}

export function disableTapIpv6(tap: string): void {
  writeFileSync(ipv6Parameter(tap), '1');
}

/** True also where the kernel has no IPv6. */
function isIpv6Disabled(tap: string): boolean {
  try {
    return readFileSync(ipv6Parameter(tap), 'utf8').trim() === '1';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

function ipv6Parameter(tap: string): string {
  return `/proc/sys/net/ipv6/conf/${tap}/disable_ipv6`;
}
