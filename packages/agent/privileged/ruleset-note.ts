import { askNetlink, NETLINK_NETFILTER, NLM_F_ACK, netlinkAttributes, tellNetlink, writeAttribute } from './netlink.ts';

/*
 * A note beside the nftables ruleset of the network namespace that the thread is in: the comment of a table that has nothing else, so that
 * no packet meets it. It goes with the namespace, and `nft list ruleset` shows it. Kernels before 5.10 keep no comments.
 */

const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFNL_BATCH_GENID = 1;
const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_GETTABLE = 1;
const NFT_MSG_DELTABLE = 2;
const NLM_F_CREATE = 0x400;
const NFTA_TABLE_NAME = 1;
const NFTA_TABLE_USERDATA = 6;
const NFTNL_UDATA_TABLE_COMMENT = 0;
const NFPROTO_INET = 1;
/** struct nfgenmsg: family, version, and of a batch the subsystem. */
const HEADER_BYTES = 4;

/** Undefined where there is none. */
export function readRulesetNote(table: string): string | undefined {
  try {
    const question = { protocol: NETLINK_NETFILTER, type: message(NFT_MSG_GETTABLE), flags: 0, body: tableBody(table) };
    const [userData] = askNetlink(question, (answer) => Buffer.from(netlinkAttributes(answer, HEADER_BYTES).get(NFTA_TABLE_USERDATA) ?? []));
    if (userData === undefined || userData.length < 2 || userData.readUInt8(0) !== NFTNL_UDATA_TABLE_COMMENT) return undefined;
    return userData.toString('latin1', 2, 1 + userData.readUInt8(1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes it (up to 120 characters) if the ruleset is of that generation still, which becomes the next by it; rejects where it is not. Begins
 * before it returns.
 */
export async function writeRulesetNote(table: string, note: string, generation: number): Promise<void> {
  const comment = Buffer.from(`${note}\0`, 'latin1');
  const userData = Buffer.concat([Buffer.from([NFTNL_UDATA_TABLE_COMMENT, comment.length]), comment]);
  const batch = Buffer.from([0, 0, 0, NFNL_SUBSYS_NFTABLES]);
  const expected = Buffer.alloc(4);
  expected.writeUInt32BE(generation);
  await tellNetlink(NETLINK_NETFILTER, [
    { type: NFNL_MSG_BATCH_BEGIN, flags: 0, body: Buffer.concat([batch, writeAttribute(NFNL_BATCH_GENID, expected)]) },
    // A comment cannot be changed.
    ...(readRulesetNote(table) === undefined ? [] : [{ type: message(NFT_MSG_DELTABLE), flags: 0, body: tableBody(table) }]),
    { type: message(NFT_MSG_NEWTABLE), flags: NLM_F_CREATE | NLM_F_ACK, body: Buffer.concat([tableBody(table), writeAttribute(NFTA_TABLE_USERDATA, userData)]) },
    { type: NFNL_MSG_BATCH_END, flags: 0, body: batch },
  ]);
}

function message(name: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | name;
}

function tableBody(table: string): Buffer {
  return Buffer.concat([Buffer.from([NFPROTO_INET, 0, 0, 0]), writeAttribute(NFTA_TABLE_NAME, Buffer.from(`${table}\0`, 'latin1'))]);
}
