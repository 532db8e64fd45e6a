import type { IpAddress } from '@neutrino/lib/net/ip';
import { rangeSize, type IpRange } from '@neutrino/lib/net/ip-range';
import type { DbOrTx } from '../db/types.ts';
import { recurring } from '../db/recurring.ts';
import { addressKey } from './address-key.ts';
import type { IpamSubnet } from './ipam-subnet.ts';

/*
 * Finding free addresses costs a few index look-ups however large the pool, however many are taken and however many
 * are wanted. Candidates are drawn at random from a window at the start of the pools that grows while it proves fuller than
 * half: addresses stay low, and concurrent allocations seldom meet. Only pools that are nearly full come to the
 * exact search, which halves ranges by counting what is taken in them.
 */

const firstWindow = 128n;
const windowGrowth = 8n;
const fewestCandidates = 16;
const shareOfFreshLooks = 1 / 32;
const mostWindows = 10_000;
/** Ranges of this size are read instead of halved further. */
const readableRange = 256n;

export interface FreeAddressOptions {
  /** The lowest ones rather than any. */
  readonly lowest?: boolean;
  /** Addresses, as keys, that somebody else is about to take. */
  readonly held?: ReadonlySet<string>;
  /** Subnet id → the window that was the right one last; kept by the caller. */
  readonly windows?: Map<string, bigint>;
}

/** `count` free addresses of the subnet's pools, or all that are left where they are fewer. */
export async function findFreeAddresses(db: DbOrTx, subnet: IpamSubnet, count: number, { lowest = false, held = new Set(), windows = new Map() }: FreeAddressOptions = {}): Promise<readonly IpAddress[]> {
  const found = new Map<string, IpAddress>();
  if (!lowest) for (const address of await probe(db, subnet, count, { held, windows })) found.set(addressKey(address), address);
  // Only the database says that a pool is exhausted. What others hold they may have taken by now, and it would count twice, or
  // they may not get it: who finds nothing beside it looks again without, and may have to share what is left with them.
  for (const avoided of held.size === 0 ? [held] : [held, new Set<string>()]) {
    for (const pool of subnet.pools) {
      while (found.size < count) {
        const address = await searchExactly(db, subnet.id, pool, new Set([...avoided, ...found.keys()]));
        if (address === undefined) break;
        found.set(addressKey(address), address);
      }
    }
  }
  return [...found.values()];
}

/** As many as are found by chance. */
async function probe(db: DbOrTx, subnet: IpamSubnet, count: number, { held, windows }: Required<Pick<FreeAddressOptions, 'held' | 'windows'>>): Promise<readonly IpAddress[]> {
  const size = subnet.pools.reduce((sum, pool) => sum + rangeSize(pool), 0n);
  const wanted = Math.max(fewestCandidates, 2 * count);
  // Addresses at the start come free again: now and then they are looked at first.
  const first = Math.random() < shareOfFreshLooks ? undefined : windows.get(subnet.id);
  for (let window = first ?? firstWindow; ; window *= windowGrowth) {
    const width = window < size ? window : size;
    const isWhole = width === size;
    if (width < BigInt(2 * wanted)) {
      if (isWhole) return readAll(db, subnet, count, held);
      continue;
    }
    const candidates = new Map<string, IpAddress>();
    while (candidates.size < wanted) {
      const address = addressAt(subnet.pools, randomBelow(width));
      candidates.set(addressKey(address), address);
    }
    for (const { ip_key } of await takenAmong(db, subnet.id, [...candidates.keys()])) candidates.delete(ip_key);
    const free = [...candidates].flatMap(([key, address]) => (held.has(key) ? [] : [address]));
    if (isWhole || (free.length >= count && free.length * 2 >= wanted)) {
      if (windows.size > mostWindows) windows.clear();
      windows.set(subnet.id, window);
      return free.slice(0, count);
    }
  }
}

/** Pools that are hardly larger than what is wanted are read. */
async function readAll(db: DbOrTx, subnet: IpamSubnet, count: number, held: ReadonlySet<string>): Promise<readonly IpAddress[]> {
  const free: IpAddress[] = [];
  for (const pool of subnet.pools) {
    const taken = new Set(await takenKeys(db, subnet.id, pool));
    for (let value = pool.first; value <= pool.last && free.length < count; value += 1n) {
      const key = addressKey({ version: pool.version, value });
      if (!taken.has(key) && !held.has(key)) free.push({ version: pool.version, value });
    }
  }
  return free;
}

async function takenAmong(db: DbOrTx, subnetId: string, keys: readonly string[]): Promise<readonly { readonly ip_key: string }[]> {
  const build = () => db.selectFrom('ip_allocations').select('ip_key').where('subnet_id', '=', subnetId).where('ip_key', 'in', keys);
  const { rows } = await db.executeQuery(recurring(db, `taken among ${keys.length}`, build, [subnetId, ...keys]));
  return rows as { ip_key: string }[];
}

/** The lowest free address of a range. */
async function searchExactly(db: DbOrTx, subnetId: string, range: IpRange, held: ReadonlySet<string>): Promise<IpAddress | undefined> {
  let { first, last } = range;
  const { version } = range;
  const heldIn = (low: bigint, high: bigint): bigint => {
    const [from, to] = [addressKey({ version, value: low }), addressKey({ version, value: high })];
    return BigInt([...held].filter((key) => key.length === from.length && key >= from && key <= to).length);
  };
  const isFull = async (low: bigint, high: bigint): Promise<boolean> => (await countTaken(db, subnetId, { version, first: low, last: high })) + heldIn(low, high) > high - low;
  if (await isFull(first, last)) return undefined;
  while (last - first >= readableRange) {
    const middle = first + (last - first) / 2n;
    if (await isFull(first, middle)) first = middle + 1n;
    else last = middle;
  }
  const taken = new Set(await takenKeys(db, subnetId, { version, first, last }));
  for (let value = first; value <= last; value += 1n) {
    const key = addressKey({ version, value });
    if (!taken.has(key) && !held.has(key)) return { version, value };
  }
  return undefined;
}

async function countTaken(db: DbOrTx, subnetId: string, range: IpRange): Promise<bigint> {
  const { count } = await db
    .selectFrom('ip_allocations')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('subnet_id', '=', subnetId)
    .where('ip_key', '>=', addressKey({ version: range.version, value: range.first }))
    .where('ip_key', '<=', addressKey({ version: range.version, value: range.last }))
    .executeTakeFirstOrThrow();
  return BigInt(count);
}

async function takenKeys(db: DbOrTx, subnetId: string, range: IpRange): Promise<readonly string[]> {
  const rows = await db
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

/** Addresses are no secrets: the fast source is good enough. */
function randomBelow(limit: bigint): bigint {
  const [high, low] = [Math.random() * 2 ** 32, Math.random() * 2 ** 32].map((value) => BigInt(Math.floor(value))) as [bigint, bigint];
  // The bias of the remainder is below 2⁻³² for every window that is probed in practice.
  return ((high << 32n) | low) % limit;
}
