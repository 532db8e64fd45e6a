import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { IPAddressChangeNotAllowed, ServicePortInUse } from '@neutrino/lib/exceptions/router';
import type { JsonObject } from '@neutrino/lib/json';
import { isIp } from '@neutrino/lib/net/ip';
import { sql } from 'kysely';
import type { ReadyHandler, ResourceHandler } from '../../api/resource-handler.ts';
import { databaseTime } from '../../db/database-time.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import { objectsOf, optionalList, optionalText } from '../../plugins/ml2/request-values.ts';
import { floatingIpViews } from './floatingip-rows.ts';
import { interfaceOwners, type L3 } from './l3.ts';

/**
 * Ports as clients may change them: those of routers and floating IPs come, go and change their addresses with what they
 * belong to, and a port that floating IPs lead to lets go of them as it goes.
 */
export function guardPorts(ports: ResourceHandler, { db, callbacks }: Pick<L3, 'db' | 'callbacks'>): ResourceHandler {
  return {
    ...ports,

    async update(context, id, changes, options) {
      await checkAddresses(db, id, changes);
      return (await ports.update?.(context, id, changes, options)) ?? {};
    },

    async delete(context, id, options) {
      await requireNoService(db, id);
      const before = await leadingTo(db, id);
      await ports.delete?.(context, id, before.length === 0 ? options : { ...options, alongside: (tx) => letGo(tx as Tx, id) });
      for (const original of before) {
        // What it led to is no more, and of no interest to anybody.
        const current = { ...original, port_id: null, fixed_ip_address: null, router_id: null, port_details: null };
        await callbacks.publish({ resource: 'floatingip', operation: 'update', context, id: String(original['id']), current, original: { ...original, port_details: null } });
      }
    },

    ...(ports.ready !== undefined && { ready: withCheckedAddresses(ports.ready, db) }),
  };
}

function withCheckedAddresses(ready: ReadyHandler, db: DbOrTx): ReadyHandler {
  return {
    ...ready,
    async update(context, id, changes, options) {
      await checkAddresses(db, id, changes);
      return ready.update(context, id, changes, options);
    },
  };
}

/** Instances have the IPv4 address of an interface as their gateway: it stays. */
async function checkAddresses(db: DbOrTx, id: string, changes: JsonObject): Promise<void> {
  const wanted = optionalList(changes, 'fixed_ips');
  if (wanted === undefined) return;
  const present = await db
    .selectFrom('router_ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'router_ports.port_id')
    .select(['ip_allocations.ip_address', 'ip_allocations.subnet_id'])
    .where('router_ports.port_id', '=', id)
    .where('router_ports.port_type', 'in', interfaceOwners)
    .execute();
  if (present.length === 0) return;
  const asked = objectsOf(wanted).map((fixedIp) => ({ address: optionalText(fixedIp, 'ip_address'), subnetId: optionalText(fixedIp, 'subnet_id') }));
  const own = present.filter(({ ip_address: address }) => isIp(address, 4));
  const isKept = own.every(({ ip_address, subnet_id }) => asked.some(({ address, subnetId }) => (address === undefined ? subnetId === subnet_id : address === ip_address)));
  const isMore = asked.some(({ address }) => address !== undefined && isIp(address, 4) && !own.some(({ ip_address }) => ip_address === address));
  if (!isKept || isMore) throw new NeutronError(IPAddressChangeNotAllowed, { port_id: id });
}

/** Throws ServicePortInUse where a router or a floating IP has the port; one without an address is of no use to them. */
async function requireNoService(db: DbOrTx, id: string): Promise<void> {
  const port = await db
    .selectFrom('ports')
    .leftJoin('router_ports', 'router_ports.port_id', 'ports.id')
    .leftJoin('floatingips', 'floatingips.floating_port_id', 'ports.id')
    .select(['ports.device_owner', 'router_ports.router_id', 'floatingips.id as floatingip_id'])
    .where('ports.id', '=', id)
    .where('ports.device_owner', 'like', 'network:%')
    .where('ports.id', 'in', (eb) => eb.selectFrom('ip_allocations').select('port_id'))
    .executeTakeFirst();
  if (port === undefined || (port.router_id === null && port.floatingip_id === null)) return;
  throw new NeutronError(ServicePortInUse, { port_id: id, reason: `has device owner ${port.device_owner}` });
}

async function leadingTo(db: DbOrTx, portId: string): Promise<readonly JsonObject[]> {
  return floatingIpViews(db, await db.selectFrom('floatingips').selectAll().where('fixed_port_id', '=', portId).execute());
}

async function letGo(tx: Tx, portId: string): Promise<void> {
  await tx
    .updateTable('floatingips')
    .set({
      fixed_port_id: null,
      fixed_ip_address: null,
      last_known_router_id: sql.ref('router_id'),
      router_id: null,
      revision_number: sql<number>`revision_number + 1`,
      updated_at: databaseTime(),
    })
    .where('fixed_port_id', '=', portId)
    .execute();
}
