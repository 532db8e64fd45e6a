import { sql } from 'kysely';
import { databaseTime } from '../../db/database-time.ts';
import type { Tx } from '../../db/types.ts';
import type { FloatingIpRow } from '../l3/floatingip-rows.ts';
import { OutOfDate } from '../l3/until-current.ts';
import { isForwarding, type ForwardingRow } from './forwarding-rows.ts';

/**
 * Counts the revision of the floating IP up, which is also the lock under which its forwardings change, and makes it the router's. Throws
 * OutOfDate where it leads elsewhere meanwhile.
 */
export async function takeFloatingIp(tx: Tx, floatingIpId: string, routerId: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('floatingips')
    .set({ router_id: routerId, revision_number: sql<number>`revision_number + 1`, updated_at: databaseTime() })
    .where('id', '=', floatingIpId)
    .where('fixed_port_id', 'is', null)
    .where((eb) => eb.or([eb('router_id', 'is', null), eb('router_id', '=', routerId)]))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new OutOfDate();
}

/** As `takeFloatingIp`, whoever's it is. */
export async function lockFloatingIp(tx: Tx, floatingIpId: string): Promise<void> {
  await tx.updateTable('floatingips').set({ revision_number: sql<number>`revision_number + 1`, updated_at: databaseTime() }).where('id', '=', floatingIpId).execute();
}

/** Deletes forwardings of one floating IP, under its lock. With the last of them it is no router's any longer. The ports inside are the caller's to touch. */
export async function removeForwardings(tx: Tx, floating: Pick<FloatingIpRow, 'id' | 'router_id'>, rows: readonly ForwardingRow[]): Promise<void> {
  await tx.deleteFrom('port_forwardings').where('id', 'in', rows.map(({ id }) => id)).execute();
  if (await isForwarding(tx, floating.id)) return;
  await tx.updateTable('floatingips').set({ router_id: null, last_known_router_id: floating.router_id }).where('id', '=', floating.id).where('fixed_port_id', 'is', null).execute();
}
