import { announceInNamespace } from '../privileged/gratuitous-arp.ts';
import { inNamespace } from '../privileged/network-namespace.ts';
import { dumpAddresses, dumpLinks, formatAddressBytes } from '../privileged/read-links.ts';

/** Tells the link of a device inside the namespace that these IPv4 addresses are there; those that are not are left out. */
export function announce(namespace: string, device: string, addresses: readonly string[]): void {
  const [links, present] = inNamespace(namespace, () => [dumpLinks(), dumpAddresses()] as const);
  const link = links.find(({ name }) => name === device);
  if (link === undefined || !link.up) return;
  const own = present.filter(({ index, address }) => index === link.index && address.length === 4 && addresses.includes(formatAddressBytes(address)));
  announceInNamespace(namespace, { index: link.index, mac: Buffer.from(link.hardwareAddress, 'hex'), addresses: own.map(({ address }) => address) });
}
