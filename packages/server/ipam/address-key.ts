import type { IpAddress } from '@neutrino/lib/net/ip';

/** An address as fixed-width hexadecimal digits: text that sorts as the number does, on every engine. */
export function addressKey(ip: IpAddress): string {
  return ip.value.toString(16).padStart(ip.version === 4 ? 8 : 32, '0');
}
