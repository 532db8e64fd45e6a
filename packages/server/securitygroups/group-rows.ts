import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../db/id-list.ts';
import { inParts } from '../db/in-parts.ts';
import { apiTime, databaseTime } from '../db/database-time.ts';
import type { SecurityGroupRulesTable, SecurityGroupsTable } from '../db/schema.ts';
import { tagsOf } from '../db/tag-filter.ts';
import type { DbOrTx } from '../db/types.ts';
import { normalizedCidr, type RuleAttributes } from './rule-attributes.ts';

/** `shared`: whether everybody, or the one who asks, may use it by a policy. */
export type GroupRow = Selectable<SecurityGroupsTable> & { readonly shared: 0 | 1 };
export type RuleRow = Selectable<SecurityGroupRulesTable>;

/** A rule as the API shows it. */
export function ruleView(row: RuleRow): JsonObject {
  return {
    id: row.id,
    project_id: row.project_id,
    tenant_id: row.project_id,
    security_group_id: row.security_group_id,
    direction: row.direction,
    ethertype: row.ethertype,
    protocol: row.protocol,
    port_range_min: row.port_range_min,
    port_range_max: row.port_range_max,
    remote_ip_prefix: row.remote_ip_prefix,
    normalized_cidr: normalizedCidr(row.remote_ip_prefix),
    remote_group_id: row.remote_group_id,
    remote_address_group_id: row.remote_address_group_id,
    ...standardView(row),
  };
}

/** Groups as the API shows them, with their tags and, unless left out, their rules: two queries, however many groups. */
export async function groupViews(db: DbOrTx, rows: readonly GroupRow[], { withRules = true }: { readonly withRules?: boolean } = {}): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const rules = await unlessEmpty(withRules ? ids : [], (part) =>
    db.selectFrom('security_group_rules').selectAll().where(inList('security_group_id', part)).orderBy('created_at').orderBy('id').execute(),
  );
  const tags = await tagsOf(db, 'security_groups', ids);
  const rulesOf = Map.groupBy(rules, (rule) => rule.security_group_id);
  return rows.map((row) => ({
    ...ownAttributes(row),
    security_group_rules: (rulesOf.get(row.id) ?? []).map(ruleView),
    tags: tags.get(row.id) ?? [],
  }));
}

/** What of a group is in its row. */
export function ownAttributes(row: GroupRow): JsonObject {
  return {
    id: row.id,
    name: row.name,
    project_id: row.project_id,
    tenant_id: row.project_id,
    stateful: row.stateful === 1,
    shared: row.shared === 1,
    ...standardView(row),
  };
}

function standardView(row: Selectable<SecurityGroupsTable> | RuleRow): JsonObject {
  return {
    description: row.description,
    revision_number: Number(row.revision_number),
    created_at: apiTime(row.created_at),
    updated_at: apiTime(row.updated_at),
  };
}

interface RuleOwner {
  readonly projectId: string;
  readonly groupId: string;
  readonly description?: string;
}

export function newRuleRow(owner: RuleOwner, attributes: RuleAttributes): RuleRow {
  const now = databaseTime();
  return {
    id: crypto.randomUUID(),
    project_id: owner.projectId,
    security_group_id: owner.groupId,
    description: owner.description ?? '',
    revision_number: 0,
    created_at: now,
    updated_at: now,
    ...attributes,
  };
}

export async function insertRules(tx: DbOrTx, rows: readonly RuleRow[]): Promise<void> {
  for (const part of inParts(rows)) await tx.insertInto('security_group_rules').values(part).execute();
}
