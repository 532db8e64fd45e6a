import { askNetlink, NETLINK_NETFILTER, NLM_F_ACK, NLM_F_DUMP, netlinkAttributes, writeAttribute } from './netlink.ts';

/** A flow that the kernel tracks, as ctnetlink tells it. */
export interface TrackedFlow {
  readonly zone: number;
  /** Of its first packet; 4 bytes or 16. */
  readonly source: Buffer;
  readonly destination: Buffer;
  /** Where its answers go: not to `source` where the kernel translates that. */
  readonly replyDestination: Buffer;
  readonly protocol: number;
  /** Of its first packet; 0 where the protocol has none. */
  readonly destinationPort: number;
  readonly mark: number;
  /** By these the kernel knows it again: the first packet's tuple as the kernel wrote it, and its number. */
  readonly tuple: Buffer;
  readonly id: Buffer;
}

const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_MARK = 8;
const CTA_ID = 12;
const CTA_ZONE = 18;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
const NLA_F_NESTED = 0x8000;
/** struct nfgenmsg. */
const HEADER_BYTES = 4;
const nothing = Buffer.alloc(0);

const message = (name: number): number => (NFNL_SUBSYS_CTNETLINK << 8) | name;
/** AF_INET, AF_INET6; and CTA_IP_V4_SRC, CTA_IP_V6_SRC, each followed by the destination's. */
const families = { IPv4: { number: 2, source: 1 }, IPv6: { number: 10, source: 3 } } as const;

/** The flows of one family in these zones; all of a host's are looked at. */
export function trackedFlows(family: 'IPv4' | 'IPv6', zones: ReadonlySet<number>): readonly TrackedFlow[] {
  const { number, source } = families[family];
  const body = Buffer.from([number, 0, 0, 0]);
  const question = { protocol: NETLINK_NETFILTER, type: message(IPCTNL_MSG_CT_GET), flags: NLM_F_DUMP, body };
  return askNetlink(question, (answer): TrackedFlow | undefined => {
    const attributes = netlinkAttributes(answer, HEADER_BYTES);
    const zone = attributes.get(CTA_ZONE)?.readUInt16BE(0) ?? 0;
    const tuple = attributes.get(CTA_TUPLE_ORIG);
    if (tuple === undefined || !zones.has(zone)) return undefined;
    const parts = netlinkAttributes(tuple);
    const addresses = netlinkAttributes(parts.get(CTA_TUPLE_IP) ?? nothing);
    const layer4 = netlinkAttributes(parts.get(CTA_TUPLE_PROTO) ?? nothing);
    return {
      zone,
      tuple: Buffer.from(tuple),
      source: Buffer.from(addresses.get(source) ?? nothing),
      destination: Buffer.from(addresses.get(source + 1) ?? nothing),
      replyDestination: Buffer.from(netlinkAttributes(netlinkAttributes(attributes.get(CTA_TUPLE_REPLY) ?? nothing).get(CTA_TUPLE_IP) ?? nothing).get(source + 1) ?? nothing),
      protocol: layer4.get(CTA_PROTO_NUM)?.readUInt8(0) ?? 0,
      destinationPort: layer4.get(CTA_PROTO_DST_PORT)?.readUInt16BE(0) ?? 0,
      mark: attributes.get(CTA_MARK)?.readUInt32BE(0) ?? 0,
      id: Buffer.from(attributes.get(CTA_ID) ?? nothing),
    };
  }).filter((flow) => flow !== undefined);
}

/** One that has ended by itself meanwhile is no failure. */
export function forgetTrackedFlow(family: 'IPv4' | 'IPv6', { zone, tuple, id }: TrackedFlow): void {
  const body = Buffer.concat([
    Buffer.from([families[family].number, 0, 0, 0]),
    writeAttribute(CTA_TUPLE_ORIG | NLA_F_NESTED, tuple),
    writeAttribute(CTA_ZONE, Buffer.from([zone >> 8, zone & 0xff])),
    writeAttribute(CTA_ID, id),
  ]);
  try {
    askNetlink({ protocol: NETLINK_NETFILTER, type: message(IPCTNL_MSG_CT_DELETE), flags: NLM_F_ACK, body }, () => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
