/** One default rule, in oslo.policy's grammar. */
export interface DefaultRule {
  readonly check: string;
  /** The older rule that still counts: either one allows, while `[oslo_policy] enforce_new_defaults` is off. */
  readonly deprecated?: string;
  /** A name that policy files may still call the rule by. */
  readonly formerName?: string;
}

/** Default rules by name. */
export type RuleTable = Readonly<Record<string, DefaultRule>>;

/** The personas of the OpenStack-wide defaults: admin everywhere, member and reader in their own project. */
export const ADMIN = 'rule:admin_only';
export const PROJECT_MEMBER = 'role:member and project_id:%(project_id)s';
export const PROJECT_READER = 'role:reader and project_id:%(project_id)s';
export const ADMIN_OR_MEMBER = `${ADMIN} or ${PROJECT_MEMBER}`;
export const ADMIN_OR_READER = `${ADMIN} or ${PROJECT_READER}`;

/** The older personas. */
export const ANYONE = 'rule:regular_user';
export const ADMIN_OR_OWNER = 'rule:admin_or_owner';
