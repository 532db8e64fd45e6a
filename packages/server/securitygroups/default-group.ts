import { databaseTime } from '../db/database-time.ts';
import { inParts } from '../db/in-parts.ts';
import { prepared } from '../db/prepared.ts';
import { transact } from '../db/transact.ts';
import type { DbOrTx, Tx } from '../db/types.ts';
import { insertRules, newRuleRow } from './group-rows.ts';
import type { RuleAttributes } from './rule-attributes.ts';

/** The name that only the group of this module bears. */
export const defaultGroupName = 'default';

const everything = { protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: null, remote_address_group_id: null };
const egressRules: readonly RuleAttributes[] = [
  { ...everything, direction: 'egress', ethertype: 'IPv4' },
  { ...everything, direction: 'egress', ethertype: 'IPv6' },
];

export interface NewGroup {
  readonly projectId: string;
  readonly name: string;
  readonly description: string;
  readonly stateful: boolean;
}

/** Groups with the rules that every group starts with: it may send anything. Returns their ids, in order. */
export async function insertGroups(tx: Tx, groups: readonly NewGroup[], moreRules: (groupId: string) => readonly RuleAttributes[] = () => []): Promise<readonly string[]> {
  const now = databaseTime();
  const rows = groups.map(({ projectId, name, description, stateful }) => ({
    id: crypto.randomUUID(),
    project_id: projectId,
    name,
    description,
    stateful: stateful ? (1 as const) : (0 as const),
    revision_number: 1,
    created_at: now,
    updated_at: now,
  }));
  for (const part of inParts(rows)) await tx.insertInto('security_groups').values(part).execute();
  await insertRules(
    tx,
    rows.flatMap(({ id, project_id }) => [...egressRules, ...moreRules(id)].map((rule) => newRuleRow({ projectId: project_id, groupId: id }, rule))),
  );
  return rows.map(({ id }) => id);
}

/**
 * The project's default group, made where missing. Of two transactions that make it at once one loses on
 * the key of `default_security_groups` and is repeated, and then finds it.
 */
export async function ensureDefaultGroup(db: DbOrTx, projectId: string): Promise<string> {
  const known = await defaultGroupOf(db, projectId);
  if (known !== undefined) return known;
  return db.isTransaction ? insertDefaultGroup(db as Tx, projectId) : transact(db, (tx) => ensureDefaultGroup(tx, projectId));
}

async function insertDefaultGroup(tx: Tx, projectId: string): Promise<string> {
  const group = { projectId, name: defaultGroupName, description: 'Default security group', stateful: true };
  const [id = ''] = await insertGroups(tx, [group], (self) => [
    { ...everything, direction: 'ingress', ethertype: 'IPv4', remote_group_id: self },
    { ...everything, direction: 'ingress', ethertype: 'IPv6', remote_group_id: self },
  ]);
  await tx.insertInto('default_security_groups').values({ project_id: projectId, security_group_id: id }).execute();
  return id;
}

export async function defaultGroupOf(db: DbOrTx, projectId: string): Promise<string | undefined> {
  const { rows } = await db.executeQuery(defaultGroupQuery(db, { projectId }));
  return rows[0]?.security_group_id;
}

/** For those who read more at once. */
export const defaultGroupQuery = prepared<{ projectId: string }, { security_group_id: string }>(['projectId'], (db, { projectId }) =>
  db.selectFrom('default_security_groups').select('security_group_id').where('project_id', '=', projectId),
);
