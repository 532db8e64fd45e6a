import koffi from 'koffi';
import { AF_INET, close, ioctl, SOCK_DGRAM, socket } from './libc.ts';
import { inNamespace, systemError } from './network-namespace.ts';

const SIOCETHTOOL = 0x8946;
const ETHTOOL_GTXCSUM = 0x16;
const ETHTOOL_STXCSUM = 0x17;

/** Whether the kernel leaves the checksums of what the device sends to (virtual) hardware. */
export function transmitChecksumOffload(namespace: string, device: string): boolean {
  return inNamespace(namespace, () => ethtool(device, ETHTOOL_GTXCSUM, 0)) !== 0;
}

/**
 * Makes the kernel compute the checksums itself. A veth pair computes none, and DHCP clients that read
 * raw frames drop the replies: dhclient, and most firmware.
 */
export function disableTransmitChecksumOffload(namespace: string, device: string): void {
  inNamespace(namespace, () => ethtool(device, ETHTOOL_STXCSUM, 0));
}

function ethtool(device: string, command: number, data: number): number {
  const value = Buffer.alloc(8);
  value.writeUInt32LE(command, 0);
  value.writeUInt32LE(data, 4);
  // struct ifreq: a name of 16 bytes, then a pointer to struct ethtool_value.
  const request = Buffer.alloc(40);
  request.write(device, 0, 15, 'latin1');
  request.writeBigUInt64LE(koffi.address(value), 16);
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) throw systemError('make a socket');
  try {
    if (ioctl(fd, SIOCETHTOOL, request) !== 0) throw systemError(`change the checksum offload of ${device}`);
    return value.readUInt32LE(4);
  } finally {
    close(fd);
  }
}
