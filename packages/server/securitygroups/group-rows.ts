import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../db/id-list.ts';
import { apiTime, databaseTime } from '../db/database-time.ts';
import type { SecurityGroupRulesTable, SecurityGroupsTable } from '../db/schema.ts';
import { tagsOf } from '../db/tag-filter.ts';
import type { DbOrTx } from '../db/types.ts';
import { normalizedCidr, type RuleAttributes } from './rule-attributes.ts';

export type GroupRow = Selectable<SecurityGroupsTable>;
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
    ...standardView(row),
  };
}

/** Groups as the API shows them, with their rules and tags: two queries, however many groups. */
export async function groupViews(db: DbOrTx, rows: readonly GroupRow[]): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const rules = await unlessEmpty(ids, (part) =>
    db.selectFrom('security_group_rules').selectAll().where(inList('security_group_id', part)).orderBy('created_at').orderBy('id').execute(),
  );
  const tags = await tagsOf(db, 'security_groups', ids);
  const rulesOf = Map.groupBy(rules, (rule) => rule.security_group_id);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    project_id: row.project_id,
    tenant_id: row.project_id,
    stateful: row.stateful === 1,
    security_group_rules: (rulesOf.get(row.id) ?? []).map(ruleView),
    tags: tags.get(row.id) ?? [],
    ...standardView(row),
  }));
}

function standardView(row: GroupRow | RuleRow): JsonObject {
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

/** A change of its rules is a change of the group: clients and agents compare revisions. */
export async function bumpGroup(tx: DbOrTx, groupId: string): Promise<void> {
  await tx
    .updateTable('security_groups')
    .set((eb) => ({ revision_number: eb('revision_number', '+', 1), updated_at: databaseTime() }))
    .where('id', '=', groupId)
    .execute();
}
