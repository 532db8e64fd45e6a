import { askNetlink, NETLINK_NETFILTER, netlinkAttributes } from './netlink.ts';

const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_GETGEN = 16;
const NFTA_GEN_ID = 1;
/** struct nfgenmsg. */
const HEADER_BYTES = 4;

/**
 * The number that the kernel gives this namespace's nftables ruleset: every transaction that changes anything, of any table and whoever's,
 * makes it one more. Undefined where the kernel has no nftables.
 */
export function rulesetGeneration(): number | undefined {
  try {
    const question = { protocol: NETLINK_NETFILTER, type: (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN, flags: 0, body: Buffer.alloc(HEADER_BYTES) };
    const [generation] = askNetlink(question, (answer) => netlinkAttributes(answer, HEADER_BYTES).get(NFTA_GEN_ID)?.readUInt32BE(0));
    return generation;
  } catch {
    return undefined;
  }
}
