import { closeSync, openSync } from 'node:fs';
import { addressBits, parseIp, type IpAddress } from '@neutrino/lib/net/ip';
import { IFF_UP, ioctl, SIOCGIFFLAGS } from './libc.ts';
import { deviceRequest, withInetSocket } from './link-state.ts';
import { askNetlink, NETLINK_ROUTE, NLM_F_ACK, writeAttribute } from './netlink.ts';
import { namespacePath, systemError } from './network-namespace.ts';

/*
 * Changes to devices, addresses and routes of the network namespace that the thread is in. See rtnetlink(7) and netdevice(7).
 * They throw an error with `code`: EEXIST, ENODEV, …
 */

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTNH_F_ONLINK = 4;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RTN_UNICAST = 1;
const SIOCSIFFLAGS = 0x8914;
const SIOCGIFINDEX = 0x8933;
/** struct ifinfomsg. */
const LINK_HEADER_BYTES = 16;

export interface VethPair {
  readonly name: string;
  readonly mtu: number;
  readonly peer: { readonly name: string; readonly mac: string; readonly namespace: string };
}

/** Makes both devices, down, each where it belongs. */
export function addVeth({ name, mtu, peer }: VethPair): void {
  const inside = openSync(namespacePath(peer.namespace), 'r');
  try {
    const other = Buffer.concat([
      Buffer.alloc(LINK_HEADER_BYTES),
      writeAttribute(IFLA_IFNAME, text(peer.name)), writeAttribute(IFLA_ADDRESS, Buffer.from(peer.mac.replaceAll(':', ''), 'hex')),
      writeAttribute(IFLA_MTU, number(mtu)), writeAttribute(IFLA_NET_NS_FD, number(inside)),
    ]);
    const info = Buffer.concat([
      writeAttribute(IFLA_INFO_KIND, text('veth')),
      writeAttribute(IFLA_INFO_DATA, writeAttribute(VETH_INFO_PEER, other)),
    ]);
    const body = Buffer.concat([
      Buffer.alloc(LINK_HEADER_BYTES), writeAttribute(IFLA_IFNAME, text(name)), writeAttribute(IFLA_MTU, number(mtu)), writeAttribute(IFLA_LINKINFO, info),
    ]);
    change(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body);
  } finally {
    closeSync(inside);
  }
}

export function setLinkUp(device: string): void {
  withInetSocket((fd) => {
    const request = deviceRequest(device);
    if (ioctl(fd, SIOCGIFFLAGS, request) !== 0) throw systemError(`read the flags of ${device}`);
    request.writeUInt16LE(request.readUInt16LE(16) | IFF_UP, 16);
    if (ioctl(fd, SIOCSIFFLAGS, request) !== 0) throw systemError(`bring ${device} up`);
  });
}

/** `cidr`: the address with its prefix length, "10.0.0.2/24". One that is there already is no failure. */
export function addDeviceAddress(device: string, cidr: string): void {
  const [address = '', length = ''] = cidr.split('/');
  const ip = parseAddress(address);
  const header = Buffer.alloc(8);
  header.writeUInt8(familyOf(ip), 0);
  header.writeUInt8(Number(length), 1);
  header.writeUInt32LE(indexOf(device), 4);
  const bytes = bytesOf(ip);
  change(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, Buffer.concat([header, writeAttribute(IFA_LOCAL, bytes), writeAttribute(IFA_ADDRESS, bytes)]));
}

/** The default route of the gateway's family becomes this one. */
export function replaceDefaultRoute(device: string, gateway: string, onLink: boolean): void {
  const ip = parseAddress(gateway);
  // struct rtmsg: family, two prefix lengths, TOS, table, protocol, scope, type, flags.
  const header = Buffer.from([familyOf(ip), 0, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, 0, RTN_UNICAST, onLink ? RTNH_F_ONLINK : 0, 0, 0, 0]);
  const body = Buffer.concat([header, writeAttribute(RTA_GATEWAY, bytesOf(ip)), writeAttribute(RTA_OIF, number(indexOf(device)))]);
  change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body);
}

function change(type: number, flags: number, body: Uint8Array): void {
  askNetlink({ protocol: NETLINK_ROUTE, type, flags: flags | NLM_F_ACK, body }, () => undefined);
}

function indexOf(device: string): number {
  return withInetSocket((fd) => {
    const request = deviceRequest(device);
    if (ioctl(fd, SIOCGIFINDEX, request) !== 0) throw systemError(`find ${device}`);
    return request.readInt32LE(16);
  });
}

function parseAddress(written: string): IpAddress {
  const ip = parseIp(written);
  if (ip === undefined) throw new TypeError(`not an IP address: ${written}`);
  return ip;
}

function familyOf({ version }: IpAddress): number {
  return version === 4 ? 2 : 10;
}

function bytesOf(ip: IpAddress): Buffer {
  return Buffer.from(ip.value.toString(16).padStart(addressBits(ip.version) / 4, '0'), 'hex');
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'latin1');
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
