import { addressBits, parseIp } from '@neutrino/lib/net/ip';
import type { Lease } from './lease-file.ts';

/**
 * The messages with which a client gives its lease back. dnsmasq forgets a lease only when it is told so or
 * it expires, and meanwhile refuses the address to the port that has it now.
 */

/** DHCPRELEASE (RFC 2131, section 4.4.4) to the server at `serverAddress`. */
export function dhcpRelease(lease: Lease, serverAddress: string, transactionId: number): Uint8Array {
  const fixed = Buffer.alloc(240);
  fixed.writeUInt8(1, 0); // BOOTREQUEST
  fixed.writeUInt8(1, 1); // Ethernet
  fixed.writeUInt8(6, 2);
  fixed.writeUInt32BE(transactionId >>> 0, 4);
  addressBytes(lease.address).copy(fixed, 12);
  hexBytes(lease.owner.replace(/^..-/, '')).copy(fixed, 28);
  fixed.writeUInt32BE(0x63825363, 236);
  const clientId = lease.clientId === '*' ? [] : [dhcpOption(61, hexBytes(lease.clientId))];
  return Buffer.concat([fixed, dhcpOption(53, Buffer.of(7)), dhcpOption(54, addressBytes(serverAddress)), ...clientId, Buffer.of(255)]);
}

/** Release (RFC 8415, section 18.2.7) of one address to the server with `serverDuid`. */
export function dhcpv6Release(lease: Lease, serverDuid: string, transactionId: number): Uint8Array {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(transactionId & 0xffffff, 0);
  header.writeUInt8(8, 0); // RELEASE
  const temporary = lease.owner.startsWith('T');
  const association = Buffer.alloc(temporary ? 4 : 12);
  association.writeUInt32BE(Number(lease.owner.replace(/^T/, '')) >>> 0, 0);
  const address = dhcpv6Option(5, Buffer.concat([addressBytes(lease.address), Buffer.alloc(8)]));
  return Buffer.concat([
    header,
    dhcpv6Option(1, hexBytes(lease.clientId)),
    dhcpv6Option(2, hexBytes(serverDuid)),
    dhcpv6Option(8, Buffer.alloc(2)),
    dhcpv6Option(temporary ? 4 : 3, Buffer.concat([association, address])),
  ]);
}

function dhcpOption(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(code, value.length), value]);
}

function dhcpv6Option(code: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(code, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value]);
}

function hexBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

function addressBytes(address: string): Buffer {
  const ip = parseIp(address);
  if (ip === undefined) throw new TypeError(`not an IP address: ${address}`);
  return Buffer.from(ip.value.toString(16).padStart(addressBits(ip.version) / 4, '0'), 'hex');
}
