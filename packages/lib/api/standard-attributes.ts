import type { AttributeMap } from './attribute.ts';

/** The collections whose objects have description, timestamps and revision. */
export const STANDARD_COLLECTIONS = ['networks', 'subnets', 'ports', 'security_groups', 'security_group_rules', 'subnetpools', 'routers', 'floatingips'] as const;

/** The collections whose objects can be tagged. */
export const TAGGED_COLLECTIONS = ['networks', 'subnets', 'ports', 'security_groups', 'subnetpools', 'routers', 'floatingips'] as const;

/** The same attributes for each collection. */
export function forEach(collections: readonly string[], attributes: AttributeMap): Readonly<Record<string, AttributeMap>> {
  return Object.fromEntries(collections.map((collection) => [collection, attributes]));
}
