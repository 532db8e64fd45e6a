import type { JsonObject } from '@neutrino/lib/json';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { NetworkSegmentsTable } from '../../db/schema.ts';
import type { ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';
import { objectTime, primitive, unlessNull } from './versioned-object.ts';

/** A segment, which is as old as its network and never changes. */
export function segmentPrimitive(segment: NetworkSegmentsTable, times: { readonly created_at: string }): JsonObject {
  return primitive({
    name: 'NetworkSegment',
    version: '1.0',
    data: {
      id: segment.id,
      network_id: segment.network_id,
      network_type: segment.network_type,
      physical_network: unlessNull(segment.physical_network),
      segmentation_id: unlessNull(segment.segmentation_id),
      is_dynamic: false,
      segment_index: segment.segment_index,
      hosts: [],
      revision_number: 0,
      created_at: objectTime(times.created_at),
      updated_at: objectTime(times.created_at),
    },
  });
}

export const networkObjects: ObjectType = {
  name: 'Network',
  version: '1.1',
  columns: ['id', 'project_id', 'tenant_id', 'name', 'status'],
  fields: ['admin_state_up', 'mtu', 'revision_number', 'description', 'shared'],
  async read(db, chosen) {
    const networks = await db.selectFrom('networks').selectAll().where(rowsChosen('networks', chosen)).orderBy('id').execute();
    const ids = networks.map(({ id }) => id);
    const segments = await unlessEmpty(ids, (part) => db.selectFrom('network_segments').selectAll().where(inList('network_id', part)).orderBy('segment_index').execute());
    const shared = await unlessEmpty(ids, (part) =>
      db.selectFrom('network_rbacs').select('object_id').where(inList('object_id', part)).where('action', '=', 'access_as_shared').where('target_project', '=', '*').execute(),
    );
    const ofNetwork = Map.groupBy(segments, ({ network_id }) => network_id);
    const open = new Set(shared.map(({ object_id }) => object_id));
    return networks.map((row) => ({
      id: row.id,
      project_id: row.project_id,
      name: row.name,
      status: row.status,
      admin_state_up: row.admin_state_up === 1,
      vlan_transparent: row.vlan_transparent === 1 ? true : undefined,
      availability_zone_hints: zoneHints(row.availability_zone_hints),
      shared: open.has(row.id),
      mtu: row.mtu,
      security: primitive({ name: 'NetworkPortSecurity', version: '1.0', data: { id: row.id, port_security_enabled: row.port_security_enabled === 1 } }),
      segments: (ofNetwork.get(row.id) ?? []).map((segment) => segmentPrimitive(segment, row)),
      dns_domain: row.dns_domain === '' ? null : row.dns_domain,
      qos_policy_id: null,
      revision_number: row.revision_number,
      description: row.description,
      created_at: objectTime(row.created_at),
      updated_at: objectTime(row.updated_at),
    }));
  },
  older: (data) => data,
  deleted: { mtu: 1500, qos_policy_id: null, shared: false },
};

/** Not set where there are none. */
function zoneHints(text: string): JsonObject[string] {
  const hints = JSON.parse(text) as readonly string[];
  return hints.length === 0 ? undefined : hints;
}
