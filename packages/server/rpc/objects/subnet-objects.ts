import type { JsonObject } from '@neutrino/lib/json';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';
import { objectTime, primitive, unlessNull, without } from './versioned-object.ts';

export const subnetObjects: ObjectType = {
  name: 'Subnet',
  version: '1.1',
  columns: ['id', 'project_id', 'tenant_id', 'name', 'network_id', 'subnetpool_id', 'cidr', 'gateway_ip', 'ipv6_ra_mode', 'ipv6_address_mode'],
  fields: ['ip_version', 'enable_dhcp', 'revision_number', 'description', 'shared'],
  async read(db, chosen) {
    const subnets = await db.selectFrom('subnets').selectAll().where(rowsChosen('subnets', chosen)).orderBy('id').execute();
    const pools = await unlessEmpty(subnets.map(({ id }) => id), (part) => db.selectFrom('allocation_pools').selectAll().where(inList('subnet_id', part)).orderBy('position').execute());
    const shared = await unlessEmpty([...new Set(subnets.map(({ network_id }) => network_id))], (part) =>
      db.selectFrom('network_rbacs').select('object_id').where(inList('object_id', part)).where('action', '=', 'access_as_shared').where('target_project', '=', '*').execute(),
    );
    const ofSubnet = Map.groupBy(pools, ({ subnet_id }) => subnet_id);
    const open = new Set(shared.map(({ object_id }) => object_id));
    return subnets.map((row) => {
      const part = (name: string, data: JsonObject): JsonObject => primitive({ name, version: '1.0', data: { ...data, subnet_id: row.id } });
      const servers = JSON.parse(row.dns_nameservers) as readonly string[];
      const routes = JSON.parse(row.host_routes) as readonly { readonly destination: string; readonly nexthop: string }[];
      const owners = JSON.parse(row.service_types ?? '[]') as readonly string[];
      return {
        id: row.id,
        project_id: row.project_id,
        name: row.name,
        network_id: row.network_id,
        subnetpool_id: unlessNull(row.subnetpool_id),
        ip_version: row.ip_version,
        cidr: row.cidr,
        gateway_ip: unlessNull(row.gateway_ip),
        allocation_pools: (ofSubnet.get(row.id) ?? []).map((pool) => part('IPAllocationPool', { id: pool.id, start: pool.first_ip, end: pool.last_ip })),
        enable_dhcp: row.enable_dhcp === 1,
        shared: open.has(row.network_id),
        dns_nameservers: servers.map((address, order) => part('DNSNameServer', { address, order })),
        dns_publish_fixed_ip: row.dns_publish_fixed_ip === 1,
        host_routes: routes.map(({ destination, nexthop }) => part('Route', { destination, nexthop })),
        ipv6_ra_mode: unlessNull(row.ipv6_ra_mode),
        ipv6_address_mode: unlessNull(row.ipv6_address_mode),
        service_types: owners,
        revision_number: row.revision_number,
        description: row.description,
        created_at: objectTime(row.created_at),
        updated_at: objectTime(row.updated_at),
      };
    });
  },
  older: (data, minor) => (minor < 1 ? without(data, 'dns_publish_fixed_ip') : data),
  deleted: {},
};
