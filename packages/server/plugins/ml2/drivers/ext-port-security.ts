import type { JsonObject } from '@neutrino/lib/json';
import type { ExtensionDriver } from '@neutrino/lib/plugins/ml2/drivers';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { Tx } from '../../../db/types.ts';

/**
 * `port_security_enabled` of networks and ports. A port that does not say takes its network's; ports of the network
 * service itself (owner "network:…") are trusted and never have it.
 */
export function createPortSecurityDriver(): ExtensionDriver<Tx> {
  return {
    aliases: ['port-security'],
    async processCreate(tx, collection, request, id) {
      if (collection === 'subnets') return;
      const asked = request['port_security_enabled'];
      const enabled = collection === 'ports' ? await enabledForPort(tx, request) : asked !== false;
      // The column says 1 unless told otherwise.
      if (!enabled) await tx.updateTable(collection).set({ port_security_enabled: 0 }).where('id', '=', id).execute();
    },
    async processUpdate(tx, collection, changes, id) {
      const asked = changes['port_security_enabled'];
      if (collection === 'subnets' || typeof asked !== 'boolean') return;
      await tx
        .updateTable(collection)
        .set({ port_security_enabled: asked ? 1 : 0 })
        .where('id', '=', id)
        .execute();
    },
    async extend(tx, collection, ids) {
      if (collection === 'subnets') return new Map();
      const rows = await unlessEmpty(ids, (part) => tx.selectFrom(collection).select(['id', 'port_security_enabled']).where(inList('id', part)).execute());
      return new Map(rows.map((row) => [row.id, { port_security_enabled: row.port_security_enabled === 1 }]));
    },
  };
}

async function enabledForPort(tx: Tx, request: JsonObject): Promise<boolean> {
  const owner = request['device_owner'];
  if (typeof owner === 'string' && owner.startsWith('network:')) return false;
  const asked = request['port_security_enabled'];
  if (typeof asked === 'boolean') return asked;
  const network = await tx
    .selectFrom('networks')
    .select('port_security_enabled')
    .where('id', '=', String(request['network_id']))
    .executeTakeFirst();
  return network?.port_security_enabled !== 0;
}
