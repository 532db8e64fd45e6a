import { close, libc, SOCK_CLOEXEC, SOCK_RAW, socket } from './libc.ts';
import { inNamespace, systemError } from './network-namespace.ts';

const sendto = libc.func('long sendto(int fd, const void *data, size_t length, int flags, const void *address, unsigned int size)') as (
  fd: number, data: Uint8Array, length: number, flags: number, address: Uint8Array, size: number,
) => number;

const AF_PACKET = 17;
const ETH_P_ARP = 0x0806;
const ETHERNET = 1;
const ETH_P_IP = 0x0800;
const REQUEST = 1;
const REPLY = 2;

export interface Announcement {
  /** The device's index in the namespace. */
  readonly index: number;
  /** Six bytes. */
  readonly mac: Buffer;
  /** Four bytes each. */
  readonly addresses: readonly Buffer[];
}

/** Tells a link, in both ways that there are (RFC 5227, section 3), that the addresses are at this MAC address now. See packet(7). */
export function announceInNamespace(namespace: string, { index, mac, addresses }: Announcement): void {
  inNamespace(namespace, () => {
    const fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, swapped(ETH_P_ARP));
    if (fd < 0) throw systemError('make a packet socket');
    try {
      for (const address of addresses) {
        for (const operation of [REQUEST, REPLY]) send(fd, index, arpFrame(mac, address, operation));
      }
    } finally {
      close(fd);
    }
  });
}

function send(fd: number, index: number, frame: Buffer): void {
  // struct sockaddr_ll.
  const to = Buffer.alloc(20);
  to.writeUInt16LE(AF_PACKET, 0);
  to.writeUInt16BE(ETH_P_ARP, 2);
  to.writeInt32LE(index, 4);
  to.writeUInt8(6, 11);
  to.fill(0xff, 12, 18);
  if (sendto(fd, frame, frame.length, 0, to, to.length) < 0) throw systemError('announce an address');
}

function arpFrame(mac: Buffer, address: Buffer, operation: number): Buffer {
  const frame = Buffer.alloc(42);
  frame.fill(0xff, 0, 6);
  frame.set(mac, 6);
  frame.writeUInt16BE(ETH_P_ARP, 12);
  frame.writeUInt16BE(ETHERNET, 14);
  frame.writeUInt16BE(ETH_P_IP, 16);
  frame.writeUInt8(6, 18);
  frame.writeUInt8(4, 19);
  frame.writeUInt16BE(operation, 20);
  frame.set(mac, 22);
  frame.set(address, 28);
  frame.fill(operation === REPLY ? 0xff : 0, 32, 38);
  frame.set(address, 38);
  return frame;
}

function swapped(number: number): number {
  return ((number & 0xff) << 8) | (number >> 8);
}
