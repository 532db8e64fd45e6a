import type { JsonObject } from '@neutrino/lib/json';
import type { IpVersion } from '@neutrino/lib/net/ip';
import type { NetworkSegment } from '@neutrino/lib/plugins/ml2/segment';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { NetworksTable } from '../../../db/schema.ts';
import { tagsOf } from '../../../db/tag-filter.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { RequestContext } from '../../../context.ts';
import { attributesOfRow } from '../attribute-columns.ts';
import { extensionAttributes } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { standardAttributesView } from '../standard-attributes.ts';

export type NetworkRow = Selectable<NetworksTable>;

/** Networks as the API shows them, in the order of the rows, in a fixed number of queries. */
export async function networkViews(ml2: Ml2, db: DbOrTx, rows: readonly NetworkRow[], context: RequestContext): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const subnets = await subnetsOf(db, ids);
  const segments = await segmentsOf(db, ids);
  const grants = await grantsOf(db, ids, context);
  const zones = await availabilityZonesOf(db, ids);
  const tags = await tagsOf(db, 'networks', ids);
  const extensions = await extensionAttributes(ml2, db, 'networks', ids);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    project_id: row.project_id,
    tenant_id: row.project_id,
    admin_state_up: row.admin_state_up === 1,
    status: row.status,
    mtu: row.mtu,
    shared: grants.get(row.id)?.has('access_as_shared') ?? false,
    'router:external': grants.get(row.id)?.has('access_as_external') ?? false,
    is_default: row.is_default === 1 && grants.get(row.id)?.has('access_as_external') === true,
    subnets: (subnets.get(row.id) ?? []).map(({ id }) => id),
    ...segmentAttributes(segments.get(row.id) ?? []),
    availability_zone_hints: JSON.parse(row.availability_zone_hints) as string[],
    availability_zones: zones.get(row.id) ?? [],
    ipv4_address_scope: scopeOf(subnets.get(row.id), 4),
    ipv6_address_scope: scopeOf(subnets.get(row.id), 6),
    tags: tags.get(row.id) ?? [],
    ...standardAttributesView(row),
    ...attributesOfRow(ml2, 'networks', row),
    ...extensions.get(row.id),
  }));
}

/** network id → its segments, in order. */
export async function segmentsOf(db: DbOrTx, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly NetworkSegment[]>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('network_segments')
      .select(['id', 'network_id', 'network_type', 'physical_network', 'segmentation_id', 'segment_index'])
      .where(inList('network_id', part))
      .orderBy('segment_index')
      .execute(),
  );
  return Map.groupBy(rows, ({ network_id }) => network_id);
}

/** One segment is shown as provider attributes of the network, several as its `segments`. */
function segmentAttributes(segments: readonly NetworkSegment[]): JsonObject {
  const shown = segments.map((segment) => ({
    'provider:network_type': segment.network_type,
    'provider:physical_network': segment.physical_network,
    'provider:segmentation_id': segment.segmentation_id,
  }));
  if (shown.length > 1) return { segments: shown };
  return shown[0] ?? { 'provider:network_type': null, 'provider:physical_network': null, 'provider:segmentation_id': null };
}

interface NetworkSubnet {
  readonly id: string;
  readonly network_id: string;
  readonly ip_version: IpVersion;
  /** That of its pool. */
  readonly address_scope_id: string | null;
}

/** network id → its subnets, oldest first. */
async function subnetsOf(db: DbOrTx, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly NetworkSubnet[]>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('subnets')
      .leftJoin('subnetpools', 'subnetpools.id', 'subnets.subnetpool_id')
      .select(['subnets.id', 'subnets.network_id', 'subnets.ip_version', 'subnetpools.address_scope_id'])
      .where(inList('subnets.network_id', part))
      .orderBy('subnets.created_at')
      .orderBy('subnets.id')
      .execute(),
  );
  return Map.groupBy(rows, ({ network_id }) => network_id);
}

/** A network's pools of one IP version are of one scope, or of none. */
function scopeOf(subnets: readonly NetworkSubnet[] | undefined, version: IpVersion): string | null {
  return subnets?.find(({ ip_version, address_scope_id }) => ip_version === version && address_scope_id !== null)?.address_scope_id ?? null;
}

/** network id → access_as_shared where everybody or the asking project may use it; access_as_external where anybody may use it so. */
async function grantsOf(db: DbOrTx, networkIds: readonly string[], context: RequestContext): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('network_rbacs')
      .select(['object_id', 'action'])
      .where(inList('object_id', part))
      .where((eb) => eb.or([eb('action', '=', 'access_as_external'), eb('target_project', 'in', ['*', context.projectId ?? '*'])]))
      .execute(),
  );
  const grants = new Map<string, Set<string>>();
  for (const { object_id, action } of rows) {
    const known = grants.get(object_id);
    if (known) known.add(action);
    else grants.set(object_id, new Set([action]));
  }
  return grants;
}

/** network id → the zones of the DHCP agents that serve it. */
async function availabilityZonesOf(db: DbOrTx, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('network_dhcp_agent_bindings as binding')
      .innerJoin('agents', 'agents.id', 'binding.dhcp_agent_id')
      .select(['binding.network_id', 'agents.availability_zone'])
      .where(inList('binding.network_id', part))
      .distinct()
      .orderBy('agents.availability_zone')
      .execute(),
  );
  const zones = new Map<string, string[]>();
  for (const { network_id, availability_zone } of rows) {
    if (availability_zone === null) continue;
    const known = zones.get(network_id);
    if (known) known.push(availability_zone);
    else zones.set(network_id, [availability_zone]);
  }
  return zones;
}
