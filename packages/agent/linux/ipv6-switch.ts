import { writeFileSync } from 'node:fs';

/**
 * Switches whether the host itself takes part in IPv6 on a device. Synchronous on purpose: asynchronous file access runs in threads that
 * may be in another network namespace. Where there is no such file the kernel has no IPv6, or the device has just gone.
 */
export function turnIpv6Off(device: string): void {
  turn(device, '1');
}

export function turnIpv6On(device: string): void {
  turn(device, '0');
}

/** The kernel's own address for itself: none. */
const NO_ADDRESS = '1';

/**
 * A device of which the kernel keeps IPv6 neighbours, while the host itself has no address there, asks for none and takes none from
 * advertisements. Before it is brought up, lest it have one already.
 */
export function keepNeighboursOnly(device: string): void {
  set(device, 'addr_gen_mode', NO_ADDRESS);
  set(device, 'accept_ra', '0');
  turnIpv6On(device);
}

function turn(device: string, off: '0' | '1'): void {
  set(device, 'disable_ipv6', off);
}

function set(device: string, name: string, value: string): void {
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${device}/${name}`, value);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
