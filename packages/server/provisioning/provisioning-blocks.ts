import type { Tx } from '../db/types.ts';

/**
 * A port goes ACTIVE only when every entity that has work to do on it has reported: the L2 agent
 * (entity "L2") and the DHCP agent ("DHCP"). Implemented in this folder.
 */
export type ProvisioningEntity = 'L2' | 'DHCP';

export interface ProvisioningBlocks {
  /** Within the transaction that makes the work necessary. Idempotent. */
  addBlock(tx: Tx, portIds: string | readonly string[], entity: ProvisioningEntity): Promise<void>;
  /**
   * Reported by an agent, of one port or of many at once. Sets ports ACTIVE where no block is left. Unknown ports and
   * doubled reports are ignored.
   */
  complete(portIds: string | readonly string[], entity: ProvisioningEntity): Promise<void>;
  /** The port was unplugged or unbound: forget what was reported. */
  clear(tx: Tx, portId: string): Promise<void>;
}
