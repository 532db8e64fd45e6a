/**
 * Default rules by name. `check` is the rule in oslo.policy's grammar; `deprecated` is the older rule that
 * still counts: either one allows, as in Neutron while `[oslo_policy] enforce_new_defaults` is off.
 */
export type RuleTable = Readonly<Record<string, { readonly check: string; readonly deprecated?: string }>>;

/** The personas of the OpenStack-wide defaults: admin everywhere, member and reader in their own project. */
export const ADMIN = 'rule:admin_only';
export const PROJECT_MEMBER = 'role:member and project_id:%(project_id)s';
export const PROJECT_READER = 'role:reader and project_id:%(project_id)s';
export const ADMIN_OR_MEMBER = `${ADMIN} or ${PROJECT_MEMBER}`;
export const ADMIN_OR_READER = `${ADMIN} or ${PROJECT_READER}`;

/** The older personas. */
export const ANYONE = 'rule:regular_user';
export const ADMIN_OR_OWNER = 'rule:admin_or_owner';
