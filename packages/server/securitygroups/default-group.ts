import { databaseTime } from '../db/database-time.ts';
import { prepared } from '../db/prepared.ts';
import { transact } from '../db/transact.ts';
import type { DbOrTx, Tx } from '../db/types.ts';
import { newRuleRow } from './group-rows.ts';
import type { RuleAttributes } from './rule-attributes.ts';

/** The name that only the group of this module bears. */
export const defaultGroupName = 'default';

const everything = { protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: null };
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

/** A group with the rules that every group starts with: it may send anything. Returns its id. */
export async function insertGroup(tx: Tx, group: NewGroup, moreRules: (groupId: string) => readonly RuleAttributes[] = () => []): Promise<string> {
  const id = crypto.randomUUID();
  const now = databaseTime();
  await tx
    .insertInto('security_groups')
    .values({
      id,
      project_id: group.projectId,
      name: group.name,
      description: group.description,
      stateful: group.stateful ? 1 : 0,
      revision_number: 1,
      created_at: now,
      updated_at: now,
    })
    .execute();
  const rows = [...egressRules, ...moreRules(id)].map((rule) => newRuleRow({ projectId: group.projectId, groupId: id }, rule));
  await tx.insertInto('security_group_rules').values(rows).execute();
  return id;
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
  const id = await insertGroup(tx, group, (self) => [
    { ...everything, direction: 'ingress', ethertype: 'IPv4', remote_group_id: self },
    { ...everything, direction: 'ingress', ethertype: 'IPv6', remote_group_id: self },
  ]);
  await tx.insertInto('default_security_groups').values({ project_id: projectId, security_group_id: id }).execute();
  return id;
}

export async function defaultGroupOf(db: DbOrTx, projectId: string): Promise<string | undefined> {
  const { rows } = await groupOfProject(db, { projectId });
  return rows[0]?.security_group_id;
}

const groupOfProject = prepared<{ projectId: string }, { security_group_id: string }>(['projectId'], (db, { projectId }) =>
  db.selectFrom('default_security_groups').select('security_group_id').where('project_id', '=', projectId),
);
