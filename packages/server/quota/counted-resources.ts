import type { DbOrTx } from '../db/types.ts';
import { RULES_OF_NEW_GROUP } from '../securitygroups/default-group.ts';

/** What quotas limit: resource → the tables whose rows count. */
const countedTables = {
  network: ['networks'],
  subnet: ['subnets'],
  port: ['ports'],
  rbac_policy: ['network_rbacs'],
  security_group: ['security_groups'],
  security_group_rule: ['security_group_rules'],
} as const;

type Counted = (typeof countedTables)[keyof typeof countedTables][number];
type CountedTables = readonly [Counted, ...Counted[]];

export type CountedResource = keyof typeof countedTables;
export const countedResources: readonly CountedResource[] = ['network', 'subnet', 'port', 'rbac_policy', 'security_group', 'security_group_rule'];

/** What a new object counts as: a group begins with a rule for each IP version. */
export function countsAs(resource: CountedResource): readonly (readonly [resource: CountedResource, each: number])[] {
  return resource === 'security_group' ? [[resource, 1], ['security_group_rule', RULES_OF_NEW_GROUP]] : [[resource, 1]];
}

export function isCounted(resource: string): resource is CountedResource {
  return Object.hasOwn(countedTables, resource);
}

/** How many a project has. Within a writing transaction nobody adds to them meanwhile. */
export async function countOf(db: DbOrTx, resource: CountedResource, projectId: string): Promise<number> {
  const [first, ...others]: CountedTables = countedTables[resource];
  const count = (table: CountedTables[number]) =>
    db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('project_id', '=', projectId);
  const counts = await others.reduce((union, table) => union.unionAll(count(table)), count(first)).execute();
  return counts.reduce((sum, { count }) => sum + Number(count), 0);
}
