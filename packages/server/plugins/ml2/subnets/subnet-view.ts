import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import type { RequestContext } from '../../../context.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { SubnetsTable } from '../../../db/schema.ts';
import { tagsOf } from '../../../db/tag-filter.ts';
import type { DbOrTx } from '../../../db/types.ts';
import { poolBody } from '../../../ipam/allocation-pools.ts';
import { loadPools, storedServiceTypes } from '../../../ipam/ipam-subnet.ts';
import { attributesOfRow } from '../attribute-columns.ts';
import { extensionAttributes } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { standardAttributesView } from '../standard-attributes.ts';

export type SubnetRow = Selectable<SubnetsTable>;

/** Subnets as the API shows them, in the order of the rows, in a fixed number of queries. */
export async function subnetViews(ml2: Ml2, db: DbOrTx, rows: readonly SubnetRow[], context: RequestContext): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const pools = await loadPools(db, ids);
  const grants = await grantedNetworks(db, [...new Set(rows.map(({ network_id }) => network_id))], context);
  const tags = await tagsOf(db, 'subnets', ids);
  const extensions = await extensionAttributes(ml2, db, 'subnets', ids);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    project_id: row.project_id,
    tenant_id: row.project_id,
    network_id: row.network_id,
    ip_version: row.ip_version,
    cidr: row.cidr,
    gateway_ip: row.gateway_ip,
    enable_dhcp: row.enable_dhcp === 1,
    ipv6_ra_mode: row.ipv6_ra_mode,
    ipv6_address_mode: row.ipv6_address_mode,
    subnetpool_id: row.subnetpool_id,
    allocation_pools: (pools.get(row.id) ?? []).map((range) => ({ ...poolBody(range) })),
    dns_nameservers: JSON.parse(row.dns_nameservers) as string[],
    host_routes: JSON.parse(row.host_routes) as { destination: string; nexthop: string }[],
    service_types: storedServiceTypes(row),
    shared: grants.has(`access_as_shared ${row.network_id}`),
    'router:external': grants.has(`access_as_external ${row.network_id}`),
    tags: tags.get(row.id) ?? [],
    ...standardAttributesView(row),
    ...attributesOfRow(ml2, 'subnets', row),
    ...extensions.get(row.id),
  }));
}

/** "access_as_shared <network id>" where everybody or the asking project may use it; "access_as_external <network id>" where anybody may use it so. */
async function grantedNetworks(db: DbOrTx, networkIds: readonly string[], context: RequestContext): Promise<ReadonlySet<string>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('network_rbacs')
      .select(['object_id', 'action'])
      .where(inList('object_id', part))
      .where((eb) => eb.or([eb('action', '=', 'access_as_external'), eb('target_project', 'in', ['*', context.projectId ?? '*'])]))
      .execute(),
  );
  return new Set(rows.map(({ object_id, action }) => `${action} ${object_id}`));
}
