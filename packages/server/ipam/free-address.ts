import type { IpAddress } from '@neutrino/lib/net/ip';
import { rangeSize, type IpRange } from '@neutrino/lib/net/ip-range';
import type { Tx } from '../db/types.ts';
import { addressKey } from './address-key.ts';
import type { IpamSubnet } from './ipam-subnet.ts';

/*
 * Finding a free address costs a few index look-ups however large the pool and however many are taken.
 * Candidates are drawn at random from a window at the start of the pools that grows while it proves full:
 * addresses stay low, and concurrent allocations seldom meet. Only pools that are nearly full come to the
 * exact search, which halves ranges by counting what is taken in them.
 */

const firstWindow = 128n;
const windowGrowth = 8n;
const candidatesPerProbe = 16;
/** Ranges of this size are read instead of halved further. */
const readableRange = 256n;

/** A free address of the subnet's pools, or undefined where none is left. `lowest`: the lowest one. */
export async function findFreeAddress(tx: Tx, subnet: IpamSubnet, { lowest = false } = {}): Promise<IpAddress | undefined> {
  if (!lowest) {
    const probed = await probe(tx, subnet);
    if (probed !== undefined) return probed;
  }
  for (const pool of subnet.pools) {
    const found = await searchExactly(tx, subnet.id, pool);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function probe(tx: Tx, subnet: IpamSubnet): Promise<IpAddress | undefined> {
  const size = subnet.pools.reduce((sum, pool) => sum + rangeSize(pool), 0n);
  for (let window = firstWindow; ; window *= windowGrowth) {
    const width = window < size ? window : size;
    if (width < BigInt(candidatesPerProbe)) return undefined;
    const candidates = new Map<string, IpAddress>();
    while (candidates.size < candidatesPerProbe) {
      const address = addressAt(subnet.pools, randomBelow(width));
      candidates.set(addressKey(address), address);
    }
    const taken = await tx
      .selectFrom('ip_allocations')
      .select('ip_key')
      .where('subnet_id', '=', subnet.id)
      .where('ip_key', 'in', [...candidates.keys()])
      .execute();
    for (const { ip_key } of taken) candidates.delete(ip_key);
    for (const address of candidates.values()) return address;
    if (width === size) return undefined;
  }
}

/** The lowest free address of a range. */
async function searchExactly(tx: Tx, subnetId: string, range: IpRange): Promise<IpAddress | undefined> {
  let { first, last } = range;
  const { version } = range;
  if ((await countTaken(tx, subnetId, range)) === rangeSize(range)) return undefined;
  while (last - first >= readableRange) {
    const middle = first + (last - first) / 2n;
    const lower: IpRange = { version, first, last: middle };
    if ((await countTaken(tx, subnetId, lower)) < rangeSize(lower)) last = middle;
    else first = middle + 1n;
  }
  const taken = new Set(await takenKeys(tx, subnetId, { version, first, last }));
  for (let value = first; value <= last; value += 1n) {
    if (!taken.has(addressKey({ version, value }))) return { version, value };
  }
  return undefined;
}

async function countTaken(tx: Tx, subnetId: string, range: IpRange): Promise<bigint> {
  const { count } = await tx
    .selectFrom('ip_allocations')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('subnet_id', '=', subnetId)
    .where('ip_key', '>=', addressKey({ version: range.version, value: range.first }))
    .where('ip_key', '<=', addressKey({ version: range.version, value: range.last }))
    .executeTakeFirstOrThrow();
  return BigInt(count);
}

async function takenKeys(tx: Tx, subnetId: string, range: IpRange): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('ip_allocations')
    .select('ip_key')
    .where('subnet_id', '=', subnetId)
    .where('ip_key', '>=', addressKey({ version: range.version, value: range.first }))
    .where('ip_key', '<=', addressKey({ version: range.version, value: range.last }))
    .execute();
  return rows.map(({ ip_key }) => ip_key);
}

/** The address at a position of the pools laid end to end. */
function addressAt(pools: readonly IpRange[], position: bigint): IpAddress {
  let rest = position;
  for (const pool of pools) {
    const size = rangeSize(pool);
    if (rest < size) return { version: pool.version, value: pool.first + rest };
    rest -= size;
  }
  throw new RangeError(`position ${String(position)} lies outside the allocation pools`);
}

function randomBelow(limit: bigint): bigint {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  // The bias of the remainder is below 2⁻³² for every window that is probed in practice.
  return ((BigInt(high) << 32n) | BigInt(low)) % limit;
}
