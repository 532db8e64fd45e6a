import { createHash } from 'node:crypto';

/** RFC 4122's name space for domain names. */
const DNS_NAMESPACE = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');

/** `device_id` of a port that is set aside for whichever DHCP agent takes it. */
export const RESERVED_DHCP_PORT = 'reserved_dhcp_port';

/** `device_id` of this host's DHCP port on the network: the host's name without its domain, as a version 5 UUID. */
export function dhcpDeviceId(networkId: string, host: string): string {
  const hostname = host.split('.')[0] ?? host;
  const hash = createHash('sha1').update(DNS_NAMESPACE).update(hostname).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const uuid = hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `dhcp${uuid}-${networkId}`;
}
