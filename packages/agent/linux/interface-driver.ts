import { readFileSync, writeFileSync } from 'node:fs';
import { addDeviceAddress, addVeth, setLinkUp } from '../privileged/change-links.ts';
import { disableTransmitChecksumOffload, transmitChecksumOffload } from '../privileged/checksum-offload.ts';
import { linkState, type LinkState } from '../privileged/link-state.ts';
import { inNamespace } from '../privileged/network-namespace.ts';
import { dumpAddresses, dumpLinks, formatAddressBytes, formatMacDigits } from '../privileged/read-links.ts';
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

export function serviceDeviceNames(portId: string): { readonly name: string; readonly tap: string } {
  const suffix = portId.slice(0, 11);
  return { name: `ns-${suffix}`, tap: `tap${suffix}` };
}

/** The loopback and, by name, the service devices inside the namespace. `given`: a link-local address that the kernel does not give by itself. */
export function readInnerLinks(namespace: string, given?: string): InnerLinks {
  const [all, addresses] = inNamespace(namespace, () => [dumpLinks(), dumpAddresses()] as const);
  const services = all.filter((link) => link.name.startsWith('ns-'));
  const links = new Map(
    services.map((link) => [
      link.name,
      {
        mtu: link.mtu,
        up: link.up,
        mac: formatMacDigits(link.hardwareAddress),
        checksumOffload: transmitChecksumOffload(namespace, link.name),
        addresses: addresses.filter(({ index }) => index === link.index).flatMap(({ address, scope, prefixLength }) => {
          const text = `${formatAddressBytes(address)}/${prefixLength}`;
          return scope === LINK && prefixLength === 64 && text !== given ? [] : [text];
        }),
      },
    ]),
  );
  return { loopbackUp: all.some((link) => link.name === 'lo' && link.up), links };
}

const LINK = 253;

/** The host side; null where there is none. */
export function readTap(tap: string): TapState | null {
  const state = linkState(tap);
  return state === null ? null : { ...state, ipv6Disabled: isIpv6Disabled(tap) };
}

/** Makes the pair, each side where it belongs; both are down still. */
export function createServiceDevice({ namespace, name, tap, mac, mtu }: ServiceDevice): void {
  addVeth({ name: tap, mtu, peer: { name, mac, namespace } });
}

export function setInnerLinkUp(namespace: string, name: string): void {
  inNamespace(namespace, () => setLinkUp(name));
}

export async function setInnerLink(namespace: string, name: string, ...change: readonly string[]): Promise<void> {
  await run(['ip', '-n', namespace, 'link', 'set', 'dev', name, ...change]);
}

export { setLinkUp as setTapUp } from '../privileged/change-links.ts';

export async function setTap(tap: string, ...change: readonly string[]): Promise<void> {
  await run(['ip', 'link', 'set', 'dev', tap, ...change]);
}

export function computeChecksums(namespace: string, name: string): void {
  disableTransmitChecksumOffload(namespace, name);
}

export function addAddress(namespace: string, name: string, address: string): void {
  inNamespace(namespace, () => addDeviceAddress(name, address));
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
