import type { ResourceHandler } from '../../api/resource-handler.ts';
import { autoDeletedOwners } from '../../plugins/ml2/auto-deleted-ports.ts';
import type { L3 } from './l3.ts';

/** Networks as clients may delete them: floating IPs that lead nowhere go with their network. */
export function guardNetworks(networks: ResourceHandler, { db }: Pick<L3, 'db'>, floatingIps: ResourceHandler): ResourceHandler {
  return {
    ...networks,

    async delete(context, id, options) {
      // Who may not see it, or deletes another revision, finds out before anything is deleted.
      const { revision_number: revision } = await networks.get(context, id);
      const others = await db
        .selectFrom('ports')
        .leftJoin('floatingips', (join) => join.onRef('floatingips.floating_port_id', '=', 'ports.id').on('floatingips.router_id', 'is', null))
        .select('ports.id')
        .where('ports.network_id', '=', id)
        .where('ports.device_owner', 'not in', autoDeletedOwners)
        .where('floatingips.id', 'is', null)
        .limit(1)
        .executeTakeFirst();
      if (others === undefined && (options?.revisionNumber ?? revision) === revision) {
        const idle = await db.selectFrom('floatingips').select('id').where('floating_network_id', '=', id).where('router_id', 'is', null).execute();
        for (const floatingIp of idle) await floatingIps.delete?.({ ...context, isAdmin: true }, floatingIp.id);
      }
      await networks.delete?.(context, id, options);
    },
  };
}
