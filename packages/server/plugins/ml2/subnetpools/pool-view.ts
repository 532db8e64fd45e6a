import type { JsonObject } from '@neutrino/lib/json';
import { formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { compactCidrs } from '@neutrino/lib/net/cidr-blocks';
import type { Selectable } from 'kysely';
import type { RequestContext } from '../../../context.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { SubnetpoolsTable } from '../../../db/schema.ts';
import { tagsOf } from '../../../db/tag-filter.ts';
import type { DbOrTx } from '../../../db/types.ts';
import { sharedAmong } from '../../../services/rbac/shared-objects.ts';
import { standardAttributesView } from '../standard-attributes.ts';

export type PoolRow = Selectable<SubnetpoolsTable>;

/** Pools as the API shows them, in the order of the rows, in a fixed number of queries. */
export async function poolViews(db: DbOrTx, rows: readonly PoolRow[], context: RequestContext): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const prefixes = await prefixesOf(db, ids);
  const shared = await sharedAmong(db, 'subnetpool_rbacs', ids, context.projectId);
  const tags = await tagsOf(db, 'subnetpools', ids);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    project_id: row.project_id,
    tenant_id: row.project_id,
    ip_version: row.ip_version,
    prefixes: (prefixes.get(row.id) ?? []).map(formatCidr),
    // Text, where one would expect numbers: what clients have always been given.
    default_prefixlen: String(row.default_prefixlen),
    min_prefixlen: String(row.min_prefixlen),
    max_prefixlen: String(row.max_prefixlen),
    default_quota: row.default_quota,
    is_default: row.is_default === 1,
    shared: shared.has(row.id),
    address_scope_id: row.address_scope_id,
    tags: tags.get(row.id) ?? [],
    ...standardAttributesView(row),
  }));
}

/** pool id → its prefixes, ascending. */
export async function prefixesOf(db: DbOrTx, poolIds: readonly string[]): Promise<ReadonlyMap<string, readonly Cidr[]>> {
  const rows = await unlessEmpty(poolIds, (part) => db.selectFrom('subnetpool_prefixes').selectAll().where(inList('subnetpool_id', part)).execute());
  const prefixes = new Map<string, Cidr[]>();
  for (const { subnetpool_id, cidr } of rows) {
    const prefix = storedCidr(cidr);
    const known = prefixes.get(subnetpool_id);
    if (known) known.push(prefix);
    else prefixes.set(subnetpool_id, [prefix]);
  }
  // They are stored compact: this only sorts.
  return new Map([...prefixes].map(([id, cidrs]) => [id, compactCidrs(cidrs)]));
}

/** A prefix out of a table. */
export function storedCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`"${text}" is stored as a prefix and is none`);
  return cidr;
}
