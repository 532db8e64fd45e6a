import type { ReadyHandler, ResourceHandler } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import { transact } from '../../db/transact.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import type { FloatingIpRow } from '../l3/floatingip-rows.ts';
import type { L3 } from '../l3/l3.ts';
import { publishForwarding } from './forwarding-events.ts';
import type { ForwardingRow } from './forwarding-rows.ts';
import { lockFloatingIp, removeForwardings } from './write-forwarding.ts';

type Lost = ForwardingRow & Pick<FloatingIpRow, 'floating_ip_address' | 'router_id'>;

/** Ports as clients may change them: what leads to an address that a port gives up goes with the address. */
export function guardForwardedPorts(ports: ResourceHandler, { db, callbacks }: Pick<L3, 'db' | 'callbacks'>): ResourceHandler {
  const publish = async (context: RequestContext, lost: readonly Lost[]): Promise<void> => {
    for (const { floating_ip_address, router_id, ...row } of lost) await publishForwarding(callbacks, context, 'delete', row, { floating_ip_address, router_id });
  };
  const readdressed = async (context: RequestContext, id: string): Promise<void> => {
    // Most ports have none.
    if ((await lostForwardings(db, id, 'its addresses')).length > 0) await publish(context, await transact(db, (tx) => remove(tx, id, 'its addresses')));
  };
  return {
    ...ports,

    async update(context, id, changes, options) {
      const updated = (await ports.update?.(context, id, changes, options)) ?? {};
      if ('fixed_ips' in changes) await readdressed(context, id);
      return updated;
    },

    async delete(context, id, options) {
      let lost: readonly Lost[] = [];
      await ports.delete?.(context, id, {
        ...options,
        alongside: async (tx, ids) => {
          await options?.alongside?.(tx, ids);
          lost = await remove(tx as Tx, id, 'nothing');
        },
      });
      await publish(context, lost);
    },

    ...(ports.ready !== undefined && { ready: guardReady(ports.ready, readdressed) }),
  };
}

function guardReady(ready: ReadyHandler, readdressed: (context: RequestContext, id: string) => Promise<void>): ReadyHandler {
  return {
    ...ready,
    async update(context, id, changes, options) {
      const updated = await ready.update(context, id, changes, options);
      if ('fixed_ips' in changes) await readdressed(context, id);
      return updated;
    },
  };
}

/** Those that lead to the port, but not to what it keeps. */
async function lostForwardings(db: DbOrTx, portId: string, kept: 'its addresses' | 'nothing'): Promise<readonly Lost[]> {
  let rows = db
    .selectFrom('port_forwardings')
    .innerJoin('floatingips', 'floatingips.id', 'port_forwardings.floatingip_id')
    .selectAll('port_forwardings')
    .select(['floatingips.floating_ip_address', 'floatingips.router_id'])
    .where('port_forwardings.internal_port_id', '=', portId);
  if (kept === 'its addresses') {
    rows = rows.where((eb) => eb.not(eb.exists(eb.selectFrom('ip_allocations').select('ip_allocations.port_id').whereRef('ip_allocations.port_id', '=', 'port_forwardings.internal_port_id').whereRef('ip_allocations.ip_address', '=', 'port_forwardings.internal_ip_address'))));
  }
  return rows.orderBy('port_forwardings.id').execute();
}

async function remove(tx: Tx, portId: string, kept: 'its addresses' | 'nothing'): Promise<readonly Lost[]> {
  const lost = await lostForwardings(tx, portId, kept);
  for (const [floatingIpId, rows] of Map.groupBy(lost, ({ floatingip_id }) => floatingip_id)) {
    await lockFloatingIp(tx, floatingIpId);
    await removeForwardings(tx, { id: floatingIpId, router_id: rows[0]?.router_id ?? null }, rows);
  }
  return lost;
}
