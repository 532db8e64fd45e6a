import { formatIp } from '@neutrino/lib/net/ip';
import { AF_INET6, IFF_UP } from './libc.ts';
import { askNetlink, NETLINK_ROUTE, NLM_F_DUMP, netlinkAttributes, visitAttributes, writeAttribute } from './netlink.ts';

/** A network device as rtnetlink(7) tells it. */
export interface RawLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  /** The index of the bridge it is a port of; 0 where it is none's. */
  readonly master: number;
  /** In hexadecimal, without separators. */
  readonly hardwareAddress: string;
  /** Absent for hardware. */
  readonly kind: string | undefined;
  /** Attributes of the kind. */
  readonly data: ReadonlyMap<number, Buffer>;
  /** Whether the host itself takes part in IPv6 on it. */
  readonly ipv6Off: boolean | undefined;
  /** Something is at its other end. */
  readonly carrier: boolean;
  /** As a bridge's port: BR_STATE_… of linux/if_bridge.h. Undefined where it is none's. */
  readonly portState: number | undefined;
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
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_EXT_MASK = 29;
const IFLA_CARRIER = 33;
const RTEXT_FILTER_SKIP_STATS = 8;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_BRPORT_STATE = 1;
/** In IFLA_AF_SPEC, and there: the values of /proc/sys/net/ipv6/conf by the numbers of linux/ipv6.h. */
const IFLA_INET6_CONF = 2;
const DEVCONF_DISABLE_IPV6 = 26;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const LINK_HEADER_BYTES = 16;
const ADDRESS_HEADER_BYTES = 8;
const nothing = Buffer.alloc(0);
const noData: RawLink['data'] = new Map();

export function dumpLinks(): readonly RawLink[] {
  // Statistics would be most of the answer.
  const body = Buffer.concat([Buffer.alloc(LINK_HEADER_BYTES), writeAttribute(IFLA_EXT_MASK, Buffer.from([RTEXT_FILTER_SKIP_STATS, 0, 0, 0]))]);
  return askNetlink({ protocol: NETLINK_ROUTE, type: RTM_GETLINK, flags: NLM_F_DUMP, body }, readLink);
}

function readLink(message: Buffer): RawLink {
  let name = '';
  let mtu = 0;
  let master = 0;
  let hardwareAddress = '';
  let kind: string | undefined;
  let data: RawLink['data'] = noData;
  let ipv6Off: boolean | undefined;
  let carrier = false;
  let portState: number | undefined;
  visitAttributes(message, LINK_HEADER_BYTES, message.length, (type, begin, end) => {
    if (type === IFLA_IFNAME) name = textAt(message, begin, end);
    else if (type === IFLA_MTU) mtu = message.readUInt32LE(begin);
    else if (type === IFLA_MASTER) master = message.readUInt32LE(begin);
    else if (type === IFLA_CARRIER) carrier = message.readUInt8(begin) !== 0;
    else if (type === IFLA_ADDRESS) hardwareAddress = message.toString('hex', begin, end);
    else if (type === IFLA_AF_SPEC) ipv6Off = readIpv6Off(message, begin, end);
    else if (type === IFLA_LINKINFO) {
      let masterKind: string | undefined;
      visitAttributes(message, begin, end, (infoType, infoBegin, infoEnd) => {
        if (infoType === IFLA_INFO_KIND) kind = textAt(message, infoBegin, infoEnd);
        else if (infoType === IFLA_INFO_DATA) data = netlinkAttributes(Buffer.from(message.subarray(infoBegin, infoEnd)));
        else if (infoType === IFLA_INFO_SLAVE_KIND) masterKind = textAt(message, infoBegin, infoEnd);
        else if (infoType === IFLA_INFO_SLAVE_DATA && masterKind === 'bridge') portState = readPortState(message, infoBegin, infoEnd);
      });
    }
  });
  return { index: message.readInt32LE(4), name, up: (message.readUInt32LE(8) & IFF_UP) !== 0, mtu, master, hardwareAddress, kind, data, ipv6Off, carrier, portState };
}

function readPortState(message: Buffer, from: number, to: number): number | undefined {
  let state: number | undefined;
  visitAttributes(message, from, to, (type, begin) => {
    if (type === IFLA_BRPORT_STATE) state = message.readUInt8(begin);
  });
  return state;
}

/** Of a device that the kernel's IPv6 knows nothing of, nothing is told. */
function readIpv6Off(message: Buffer, from: number, to: number): boolean | undefined {
  let off: boolean | undefined;
  visitAttributes(message, from, to, (family, begin, end) => {
    if (family !== AF_INET6) return;
    visitAttributes(message, begin, end, (type, confBegin, confEnd) => {
      const at = confBegin + 4 * DEVCONF_DISABLE_IPV6;
      if (type === IFLA_INET6_CONF && at + 4 <= confEnd) off = message.readInt32LE(at) !== 0;
    });
  });
  return off;
}

export function dumpAddresses(): readonly RawAddress[] {
  const body = Buffer.alloc(ADDRESS_HEADER_BYTES);
  return askNetlink({ protocol: NETLINK_ROUTE, type: RTM_GETADDR, flags: NLM_F_DUMP, body }, (message) => {
    const attributes = netlinkAttributes(message, ADDRESS_HEADER_BYTES);
    const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    return { index: message.readUInt32LE(4), prefixLength: message.readUInt8(1), scope: message.readUInt8(3), address: Buffer.from(address ?? nothing) };
  }).filter(({ address }) => address.length > 0);
}

/** Twelve hexadecimal digits as "fa:16:3e:00:00:01". */
export function formatMacDigits(digits: string): string {
  return `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6, 8)}:${digits.slice(8, 10)}:${digits.slice(10)}`;
}

/** 4 bytes or 16 as an address's canonical text. */
export function formatAddressBytes(bytes: Buffer): string {
  return formatIp({ version: bytes.length === 4 ? 4 : 6, value: BigInt(`0x${bytes.toString('hex')}`) });
}

/** A name of the kernel ends with a zero byte. */
function textAt(bytes: Buffer, begin: number, end: number): string {
  return bytes.toString('latin1', begin, bytes[end - 1] === 0 ? end - 1 : end);
}
