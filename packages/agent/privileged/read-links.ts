import { formatIp } from '@neutrino/lib/net/ip';
import { askNetlink, NETLINK_ROUTE, NLM_F_DUMP, netlinkAttributes, writeAttribute } from './netlink.ts';

/** A network device as rtnetlink(7) tells it. */
export interface RawLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  /** The index of the bridge it is a port of; 0 where it is none's. */
  readonly master: number;
  readonly hardwareAddress: Buffer;
  /** Absent for hardware. */
  readonly kind: string | undefined;
  /** Attributes of the kind. */
  readonly data: ReadonlyMap<number, Buffer>;
}

export interface RawAddress {
  /** The link's index. */
  readonly index: number;
  readonly prefixLength: number;
  /** 0: global; 253: the link; 254: the host. */
  readonly scope: number;
  /** 4 bytes or 16. */
  readonly address: Buffer;
}

const RTM_GETLINK = 18;
const RTM_GETADDR = 22;
const IFF_UP = 1;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const LINK_HEADER_BYTES = 16;
const ADDRESS_HEADER_BYTES = 8;
const nothing = Buffer.alloc(0);

export function dumpLinks(): readonly RawLink[] {
  // Statistics would be most of the answer.
  const body = Buffer.concat([Buffer.alloc(LINK_HEADER_BYTES), writeAttribute(IFLA_EXT_MASK, Buffer.from([RTEXT_FILTER_SKIP_STATS, 0, 0, 0]))]);
  return askNetlink({ protocol: NETLINK_ROUTE, type: RTM_GETLINK, flags: NLM_F_DUMP, body }, (message) => {
    const attributes = netlinkAttributes(message, LINK_HEADER_BYTES);
    const info = netlinkAttributes(attributes.get(IFLA_LINKINFO) ?? nothing);
    const kind = info.get(IFLA_INFO_KIND);
    return {
      index: message.readInt32LE(4),
      name: textOf(attributes.get(IFLA_IFNAME) ?? nothing),
      up: (message.readUInt32LE(8) & IFF_UP) !== 0,
      mtu: attributes.get(IFLA_MTU)?.readUInt32LE(0) ?? 0,
      master: attributes.get(IFLA_MASTER)?.readUInt32LE(0) ?? 0,
      hardwareAddress: Buffer.from(attributes.get(IFLA_ADDRESS) ?? nothing),
      kind: kind === undefined ? undefined : textOf(kind),
      data: netlinkAttributes(Buffer.from(info.get(IFLA_INFO_DATA) ?? nothing)),
    };
  });
}

export function dumpAddresses(): readonly RawAddress[] {
  const body = Buffer.alloc(ADDRESS_HEADER_BYTES);
  return askNetlink({ protocol: NETLINK_ROUTE, type: RTM_GETADDR, flags: NLM_F_DUMP, body }, (message) => {
    const attributes = netlinkAttributes(message, ADDRESS_HEADER_BYTES);
    const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    return { index: message.readUInt32LE(4), prefixLength: message.readUInt8(1), scope: message.readUInt8(3), address: Buffer.from(address ?? nothing) };
  }).filter(({ address }) => address.length > 0);
}

/** Six bytes as "fa:16:3e:00:00:01". */
export function formatMacBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** 4 bytes or 16 as an address's canonical text. */
export function formatAddressBytes(bytes: Buffer): string {
  return formatIp({ version: bytes.length === 4 ? 4 : 6, value: BigInt(`0x${bytes.toString('hex')}`) });
}

/** A name of the kernel ends with a zero byte. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}
