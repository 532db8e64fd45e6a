import { TAGGED_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import type { RuleTable } from './rule-table.ts';
import { ADMIN_OR_MEMBER, ADMIN_OR_OWNER } from './rule-table.ts';

const TAG_ACTIONS = ['create', 'update', 'delete'] as const;

/** Who may change the tags of an object: whoever may change the object. Reading them follows `get_<resource>`. */
export const tagRules: RuleTable = Object.fromEntries(
  TAGGED_COLLECTIONS.map((collection) => collection.slice(0, -1)).flatMap((resource) =>
    TAG_ACTIONS.map((action) => [`${action}_${resource}:tags`, { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER }] as const),
  ),
);
