import { AF_INET, AF_INET6 } from './libc.ts';
import { askNetlink, NETLINK_ROUTE, NLM_F_DUMP, netlinkAttributes } from './netlink.ts';

/** A unicast route as rtnetlink(7) tells it. */
export interface RawRoute {
  readonly version: 4 | 6;
  readonly table: number;
  /** 4 bytes or 16; empty for the default route. */
  readonly destination: Buffer;
  readonly prefixLength: number;
  /** Who made it: 2 the kernel, 3 nobody who said so, 4 an administrator, 9 a router's advertisement … */
  readonly protocol: number;
  readonly hops: readonly RawHop[];
}

export interface RawHop {
  /** The link's index. */
  readonly index: number;
  /** Empty where what is there is on the link. */
  readonly gateway: Buffer;
  readonly onLink: boolean;
}

const RTM_GETROUTE = 26;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_MULTIPATH = 9;
const RTA_TABLE = 15;
const RTNH_F_ONLINK = 4;
const RTN_UNICAST = 1;
const RT_TABLE_LOCAL = 255;
const RTM_F_CLONED = 0x200;
/** struct rtmsg, struct rtnexthop. */
const HEADER_BYTES = 12;
const HOP_BYTES = 8;
const nothing = Buffer.alloc(0);

/** The routes of one version in the network namespace that the thread is in. */
export function dumpRoutes(version: 4 | 6): readonly RawRoute[] {
  const body = Buffer.alloc(HEADER_BYTES);
  body.writeUInt8(version === 4 ? AF_INET : AF_INET6, 0);
  return askNetlink({ protocol: NETLINK_ROUTE, type: RTM_GETROUTE, flags: NLM_F_DUMP, body }, (message): RawRoute | undefined => {
    const flags = message.readUInt32LE(8);
    if (message.readUInt8(4) === RT_TABLE_LOCAL || message.readUInt8(7) !== RTN_UNICAST || (flags & RTM_F_CLONED) !== 0) return undefined;
    const attributes = netlinkAttributes(message, HEADER_BYTES);
    const multipath = attributes.get(RTA_MULTIPATH);
    const only = { index: attributes.get(RTA_OIF)?.readUInt32LE(0) ?? 0, gateway: Buffer.from(attributes.get(RTA_GATEWAY) ?? nothing), onLink: (flags & RTNH_F_ONLINK) !== 0 };
    return {
      version,
      table: attributes.get(RTA_TABLE)?.readUInt32LE(0) ?? message.readUInt8(4),
      destination: Buffer.from(attributes.get(RTA_DST) ?? nothing),
      prefixLength: message.readUInt8(1),
      protocol: message.readUInt8(5),
      hops: multipath === undefined ? [only] : hopsOf(multipath),
    };
  }).filter((route) => route !== undefined);
}

function hopsOf(bytes: Buffer): readonly RawHop[] {
  const hops: RawHop[] = [];
  for (let at = 0; at + HOP_BYTES <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < HOP_BYTES) break;
    const gateway = netlinkAttributes(bytes.subarray(at, at + length), HOP_BYTES).get(RTA_GATEWAY) ?? nothing;
    hops.push({ index: bytes.readUInt32LE(at + 4), gateway: Buffer.from(gateway), onLink: (bytes.readUInt8(at + 2) & RTNH_F_ONLINK) !== 0 });
    at += (length + 3) & ~3;
  }
  return hops;
}
