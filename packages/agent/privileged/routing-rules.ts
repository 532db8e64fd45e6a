import { parseIp } from '@neutrino/lib/net/ip';
import { AF_INET, AF_INET6 } from './libc.ts';
import { askNetlink, NETLINK_ROUTE, NLM_F_ACK, NLM_F_DUMP, netlinkAttributes, writeAttribute } from './netlink.ts';
import { formatAddressBytes } from './read-links.ts';

/** A rule that says which packets look into which routing table, as rtnetlink(7) tells it. */
export interface RawRule {
  readonly version: 4 | 6;
  readonly priority: number;
  readonly table: number;
  /** A single address. */
  readonly from?: string;
  /** Only for what this namespace says itself. */
  readonly isOwn?: true;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** Routes of prefixes that are no longer than so many bits do not count. */
  readonly suppressed?: number;
}

const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;
const RTM_GETRULE = 34;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_PROTOCOL = 21;
const FR_ACT_TO_TBL = 1;
const RTPROT_STATIC = 4;
const UNSUPPRESSED = 0xffffffff;
/** What comes from nowhere comes in by this device, for rules. */
const LOOPBACK = 'lo\0';
/** struct fib_rule_hdr. */
const HEADER_BYTES = 12;

/** Those that an administrator made, of both versions, in the network namespace that the thread is in: not the kernel's, nor a program's that says nothing of itself. */
export function dumpRules(): readonly RawRule[] {
  const question = { protocol: NETLINK_ROUTE, type: RTM_GETRULE, flags: NLM_F_DUMP, body: Buffer.alloc(HEADER_BYTES) };
  return askNetlink(question, (message): RawRule | undefined => {
    const family = message.readUInt8(0);
    const attributes = netlinkAttributes(message, HEADER_BYTES);
    if (attributes.get(FRA_PROTOCOL)?.readUInt8(0) !== RTPROT_STATIC || (family !== AF_INET && family !== AF_INET6)) return undefined;
    const number = (attribute: number): number | undefined => attributes.get(attribute)?.readUInt32LE(0);
    const [from, value, suppressed] = [attributes.get(FRA_SRC), number(FRA_FWMARK), number(FRA_SUPPRESS_PREFIXLEN) ?? UNSUPPRESSED];
    return {
      version: family === AF_INET ? 4 : 6,
      priority: number(FRA_PRIORITY) ?? 0,
      table: number(FRA_TABLE) ?? message.readUInt8(4),
      ...(from === undefined ? {} : { from: formatAddressBytes(Buffer.from(from)) }),
      ...(attributes.get(FRA_IIFNAME)?.toString() === LOOPBACK ? { isOwn: true as const } : {}),
      ...(value === undefined ? {} : { mark: { value, mask: number(FRA_FWMASK) ?? UNSUPPRESSED } }),
      ...(suppressed === UNSUPPRESSED ? {} : { suppressed }),
    };
  }).filter((rule) => rule !== undefined);
}

/** One that is there is no failure. */
export function addRule(rule: RawRule): void {
  change(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule, 'EEXIST');
}

/** One that is gone is no failure. */
export function deleteRule(rule: RawRule): void {
  change(RTM_DELRULE, 0, rule, 'ENOENT');
}

function change(type: number, flags: number, { version, priority, table, from, isOwn, mark, suppressed }: RawRule, accepted: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(version === 4 ? AF_INET : AF_INET6, 0);
  header.writeUInt8(from === undefined ? 0 : version === 4 ? 32 : 128, 2);
  header.writeUInt8(FR_ACT_TO_TBL, 7);
  const body = Buffer.concat([
    header,
    writeAttribute(FRA_PRIORITY, number(priority)), writeAttribute(FRA_TABLE, number(table)), writeAttribute(FRA_PROTOCOL, Buffer.from([RTPROT_STATIC])),
    ...(from === undefined ? [] : [writeAttribute(FRA_SRC, bytesOf(from))]),
    ...(isOwn === true ? [writeAttribute(FRA_IIFNAME, Buffer.from(LOOPBACK))] : []),
    ...(mark === undefined ? [] : [writeAttribute(FRA_FWMARK, number(mark.value)), writeAttribute(FRA_FWMASK, number(mark.mask))]),
    ...(suppressed === undefined ? [] : [writeAttribute(FRA_SUPPRESS_PREFIXLEN, number(suppressed))]),
  ]);
  try {
    askNetlink({ protocol: NETLINK_ROUTE, type, flags: flags | NLM_F_ACK, body }, () => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== accepted) throw error;
  }
}

function bytesOf(address: string): Buffer {
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`"${address}" is no address`);
  return Buffer.from(ip.value.toString(16).padStart(ip.version === 4 ? 8 : 32, '0'), 'hex');
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
