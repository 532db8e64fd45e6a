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

function turn(device: string, off: '0' | '1'): void {
  try {
    writeFileSync(switchOf(device), off);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function switchOf(device: string): string {
  return `/proc/sys/net/ipv6/conf/${device}/disable_ipv6`;
}
