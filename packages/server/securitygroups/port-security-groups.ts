import type { CompiledQuery } from 'kysely';
import type { DbOrTx, Tx } from '../db/types.ts';

/** What the core plugin needs of security groups, inside its own transactions. Implemented in this folder. */
export interface PortSecurityGroups {
  /**
   * The project's default group, made with its four rules where missing, outside a transaction in one of its own; safe when
   * many ask at once.
   */
  ensureDefault(db: DbOrTx, projectId: string): Promise<string>;
  /** What finds the project's default group, for those who read more at once; no row where there is none yet. */
  defaultGroupQuery(db: DbOrTx, project: { readonly projectId: string }): CompiledQuery<{ security_group_id: string }>;
  /**
   * Throws SecurityGroupNotFound where one of the groups is missing, or belongs to another project that does not share it (and the
   * caller is no admin), SecurityGroupConflict where they cannot be on one port.
   */
  checkUsable(db: DbOrTx, groupIds: readonly string[], owner: { projectId: string; isAdmin: boolean }): Promise<void>;
  /** Replaces the groups of a port. Throws as `checkUsable`. */
  setGroups(tx: Tx, portId: string, groupIds: readonly string[], owner: { projectId: string; isAdmin: boolean }): Promise<void>;
  /** port id → group ids, in one query. */
  groupsOfPorts(db: DbOrTx, portIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}
