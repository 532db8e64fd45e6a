import { withFloatingIp } from '../../services/port-forwarding/forwarding-events.ts';
import type { JsonObject } from '@neutrino/lib/json';
import type { ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';
import { objectTime, without } from './versioned-object.ts';

export const portForwardingObjects: ObjectType = {
  name: 'PortForwarding',
  version: '1.3',
  columns: ['id', 'floatingip_id', 'internal_port_id', 'protocol', 'internal_ip_address'],
  fields: ['external_port', 'internal_port', 'external_port_range', 'internal_port_range', 'floating_ip_address', 'router_id', 'description', 'revision_number'],
  async read(db, chosen) {
    const rows = await db
      .selectFrom('port_forwardings')
      .innerJoin('floatingips', 'floatingips.id', 'port_forwardings.floatingip_id')
      .selectAll('port_forwardings')
      .select(['floatingips.floating_ip_address', 'floatingips.router_id'])
      .where(rowsChosen('port_forwardings', chosen))
      .orderBy('port_forwardings.id')
      .execute();
    return rows.map((row) => portForwardingObject(withFloatingIp(row, row)));
  },
  older: (data, minor) => {
    // Those that know no ranges get the first of one.
    const older = minor < 3 ? { ...without(data, 'external_port_range', 'internal_port_range'), external_port: firstPort(data, 'external'), internal_port: firstPort(data, 'internal') } : data;
    return minor < 2 ? without(older, 'description') : older;
  },
  deleted: {},
};

/** What was published of a forwarding, as agents read it. */
export function portForwardingObject({ external_port, internal_port, created_at, updated_at, ...data }: JsonObject): JsonObject {
  return { ...data, ...(external_port !== null && { external_port: external_port ?? null }), ...(internal_port !== null && { internal_port: internal_port ?? null }), created_at: objectTime(String(created_at)), updated_at: objectTime(String(updated_at)) };
}

function firstPort(data: JsonObject, side: 'external' | 'internal'): number {
  return Number(String(data[`${side}_port_range`]).split(':')[0]);
}
