import type { DbOrTx, Tx } from '../db/types.ts';

/** What the core plugin needs of security groups, inside its own transactions. Implemented in this folder. */
export interface PortSecurityGroups {
  /** The project's default group, made with its four rules where missing; safe when many ask at once. */
  ensureDefault(tx: Tx, projectId: string): Promise<string>;
  /**
   * Replaces the groups of a port. Throws SecurityGroupNotFound where one is missing or belongs to
   * another project (and the caller is no admin).
   */
  setGroups(tx: Tx, portId: string, groupIds: readonly string[], owner: { projectId: string; isAdmin: boolean }): Promise<void>;
  /** port id → group ids, in one query. */
  groupsOfPorts(db: DbOrTx, portIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}
