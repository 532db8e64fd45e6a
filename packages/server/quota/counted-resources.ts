import type { DbOrTx } from '../db/types.ts';

/** What quotas limit: resource → the tables whose rows count. */
const countedTables = {
  network: ['networks'],
  subnet: ['subnets'],
  subnetpool: ['subnetpools'],
  port: ['ports'],
  rbac_policy: ['network_rbacs', 'security_group_rbacs', 'address_group_rbacs', 'subnetpool_rbacs', 'addressscope_rbacs'],
  address_group: ['address_groups'],
  router: ['routers'],
  floatingip: ['floatingips'],
  security_group: ['security_groups'],
  security_group_rule: ['security_group_rules'],
} as const;

type Counted = (typeof countedTables)[keyof typeof countedTables][number];
type CountedTables = readonly [Counted, ...Counted[]];

export type CountedResource = keyof typeof countedTables;

/** What a new object adds to, always in this order: a group begins with rules. */
export function countsAs(resource: CountedResource): readonly CountedResource[] {
  return resource === 'security_group' ? [resource, 'security_group_rule'] : [resource];
}

export function isCounted(resource: string): resource is CountedResource {
  return Object.hasOwn(countedTables, resource);
}

/** How many a project has. */
export async function countOf(db: DbOrTx, resource: CountedResource, projectId: string): Promise<number> {
  const [first, ...others]: CountedTables = countedTables[resource];
  const count = (table: CountedTables[number]) =>
    db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('project_id', '=', projectId);
  const counts = await others.reduce((union, table) => union.unionAll(count(table)), count(first)).execute();
  return counts.reduce((sum, { count }) => sum + count, 0);
}
