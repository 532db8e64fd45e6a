import { createHash } from 'node:crypto';

/** The device owner of the ports that DHCP servers have in their networks. */
export const dhcpDeviceOwner = 'network:dhcp';

/** `device_id` of a DHCP port whose agent no longer serves the network: the next agent takes it over with its address. */
export const reservedDhcpPort = 'reserved_dhcp_port';

/**
 * `device_id` of the DHCP port of `host` in a network: "dhcp<uuid5 of the host>-<network id>". The same host
 * gets the same port again after any restart.
 */
export function dhcpDeviceId(networkId: string, host: string): string {
  return `dhcp${uuid5(host.split('.')[0] ?? host)}-${networkId}`;
}

/** RFC 9562, section 6.6: the name space of domain names. */
const dnsNamespace = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');

/** RFC 9562, section 5.5. */
function uuid5(name: string): string {
  const bytes = createHash('sha1').update(dnsNamespace).update(name, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
