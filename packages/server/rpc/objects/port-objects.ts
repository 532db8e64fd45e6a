import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { PortBindingsTable } from '../../db/schema.ts';
import type { Db } from '../../db/types.ts';
import { segmentPrimitive } from './network-objects.ts';
import type { Chosen, ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';
import { objectTime, primitive, unlessNull, without } from './versioned-object.ts';

/** The driver that binds with a kind of interface: each kind has one. */
const driverOf: Readonly<Record<string, string>> = { bridge: 'linuxbridge' };

export const portObjects: ObjectType = {
  name: 'Port',
  version: '1.7',
  columns: ['id', 'project_id', 'tenant_id', 'name', 'network_id', 'mac_address', 'device_id', 'device_owner', 'status', 'security_group_ids'],
  fields: ['admin_state_up', 'revision_number', 'description'],
  async read(db, chosen) {
    const ports = await portRows(db, chosen);
    const ids = ports.map(({ id }) => id);
    const [addresses, pairs, options, groups, bindings, segments] = await Promise.all([
      unlessEmpty(ids, (part) => db.selectFrom('ip_allocations').selectAll().where(inList('port_id', part)).orderBy('position').execute()).then(byPort),
      unlessEmpty(ids, (part) => db.selectFrom('allowed_address_pairs').selectAll().where(inList('port_id', part)).orderBy('ip_address').execute()).then(byPort),
      unlessEmpty(ids, (part) => db.selectFrom('extra_dhcp_opts').selectAll().where(inList('port_id', part)).orderBy('id').execute()).then(byPort),
      unlessEmpty(ids, (part) => db.selectFrom('security_group_port_bindings').selectAll().where(inList('port_id', part)).orderBy('security_group_id').execute()).then(byPort),
      unlessEmpty(ids, (part) => db.selectFrom('port_bindings').selectAll().where(inList('port_id', part)).orderBy('host').execute()).then(byPort),
      segmentsOfPorts(db, ids),
    ]);
    return ports.map((row) => {
      const own = (name: string, version: string, data: JsonObject): JsonObject => primitive({ name, version, data });
      const bound = bindings.get(row.id) ?? [{ ...neverBound, port_id: row.id }];
      return {
        id: row.id,
        project_id: row.project_id,
        name: row.name,
        network_id: row.network_id,
        mac_address: row.mac_address,
        admin_state_up: row.admin_state_up === 1,
        device_id: row.device_id,
        device_owner: row.device_owner,
        status: row.status,
        allowed_address_pairs: (pairs.get(row.id) ?? []).map((pair) => own('AllowedAddressPair', '1.0', { ...pair })),
        bindings: bound.map(({ segment_id: _segment, ...binding }) => own('PortBinding', '1.0', { ...binding, vif_details: binding.vif_details === '{}' ? null : binding.vif_details })),
        binding_levels: bound.flatMap((binding) => bindingLevel(binding, segments)),
        data_plane_status: row.data_plane_status === null ? null : own('PortDataPlaneStatus', '1.0', { port_id: row.id, data_plane_status: row.data_plane_status }),
        dhcp_options: (options.get(row.id) ?? []).map((option) => own('ExtraDhcpOpt', '1.1', { ...option })),
        distributed_bindings: [],
        dns: row.dns_name === '' && row.dns_domain === '' ? null : own('PortDNS', '1.1', { port_id: row.id, current_dns_name: row.dns_name, current_dns_domain: row.dns_domain, previous_dns_name: '', previous_dns_domain: '', dns_name: row.dns_name, dns_domain: row.dns_domain }),
        fixed_ips: (addresses.get(row.id) ?? []).map(({ port_id, subnet_id, network_id, ip_address }) => own('IPAllocation', '1.0', { port_id, subnet_id, network_id, ip_address })),
        security: own('PortSecurity', '1.0', { id: row.id, port_security_enabled: row.port_security_enabled === 1 }),
        security_group_ids: (groups.get(row.id) ?? []).map(({ security_group_id: id }) => id),
        qos_policy_id: null,
        qos_network_policy_id: null,
        numa_affinity_policy: unlessNull(row.numa_affinity_policy),
        device_profile: unlessNull(row.device_profile),
        revision_number: row.revision_number,
        description: row.description,
        created_at: objectTime(row.created_at),
        updated_at: objectTime(row.updated_at),
      };
    });
  },
  older(data, minor) {
    let older = minor < 7 ? without(data, 'device_profile') : data;
    if (minor < 6) older = without(older, 'numa_affinity_policy');
    if (minor < 5) older = without(older, 'qos_network_policy_id');
    if (minor < 4) older = withOneBinding(older);
    if (minor < 3) older = 'distributed_bindings' in older ? { ...without(older, 'distributed_bindings'), distributed_binding: null } : older;
    if (minor < 2) older = withLevelsOfOldVersion(older);
    return older;
  },
  deleted: { qos_network_policy_id: null, qos_policy_id: null, security_group_ids: null },
};

const neverBound: Omit<PortBindingsTable, 'port_id'> = { host: '', vif_type: 'unbound', vif_details: '{}', vnic_type: 'normal', profile: '{}', status: 'ACTIVE', segment_id: null };

function portRows(db: Db, { security_group_ids: groups, ...chosen }: Chosen) {
  const ports = db.selectFrom('ports').selectAll('ports').where(rowsChosen('ports', chosen)).orderBy('ports.id');
  if (groups === undefined) return ports.execute();
  const members = db.selectFrom('security_group_port_bindings').select('port_id').where(inList('security_group_id', groups.filter((id) => id !== null)));
  return ports.where('ports.id', 'in', members).execute();
}

type Segments = ReadonlyMap<string, JsonObject>;

async function segmentsOfPorts(db: Db, ports: readonly string[]): Promise<Segments> {
  const rows = await unlessEmpty(ports, (part) =>
    db
      .selectFrom('port_bindings')
      .innerJoin('network_segments', 'network_segments.id', 'port_bindings.segment_id')
      .innerJoin('networks', 'networks.id', 'network_segments.network_id')
      .selectAll('network_segments')
      .select('networks.created_at')
      .distinct()
      .where(inList('port_bindings.port_id', part))
      .execute(),
  );
  return new Map(rows.map((row) => [row.id, segmentPrimitive(row, row)]));
}

function bindingLevel({ port_id, host, vif_type: vif, segment_id: id }: PortBindingsTable, segments: Segments): readonly JsonObject[] {
  const segment = id === null ? undefined : segments.get(id);
  if (segment === undefined || id === null) return [];
  return [primitive({ name: 'PortBindingLevel', version: '1.1', data: { port_id, host, level: 0, driver: driverOf[vif], segment, segment_id: id } })];
}

function withOneBinding(data: JsonObject): JsonObject {
  if (!('bindings' in data)) return data;
  const active = objects(data['bindings']).find((binding) => isJsonObject(binding['versioned_object.data']) && binding['versioned_object.data']['status'] === 'ACTIVE');
  return { ...without(data, 'bindings'), binding: active ?? null };
}

function withLevelsOfOldVersion(data: JsonObject): JsonObject {
  if (!('binding_levels' in data)) return data;
  const levels = objects(data['binding_levels']).map((level) => ({ ...level, 'versioned_object.version': '1.0', 'versioned_object.data': without(level['versioned_object.data'] as JsonObject, 'segment_id') }));
  return { ...data, binding_levels: levels };
}

function objects(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function byPort<Row extends { readonly port_id: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, ({ port_id }) => port_id);
}
