import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { NoNetworkAvailable, SegmentsContainDuplicateEntry, SegmentsSetInConjunctionWithProviders } from '@neutrino/lib/exceptions/segment';
import type { JsonObject } from '@neutrino/lib/json';
import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Segment } from '@neutrino/lib/plugins/ml2/segment';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { booleanOf, objectsOf, optionalList, optionalText } from '../request-values.ts';

const providerAttributes = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id'] as const;

/** The segments of a new network: those its provider attributes or `segments` ask for, or one of a type for projects. */
export async function allocateSegments(ml2: Ml2, tx: Tx, body: JsonObject): Promise<readonly Segment[]> {
  const asked = askedSegments(ml2, body);
  if (asked.length > 0) {
    const reserved: Segment[] = [];
    for (const segment of asked) reserved.push(await driverOf(ml2, segment.network_type).reserveProviderSegment(tx, segment));
    checkDistinct(ml2, reserved);
    return reserved;
  }
  const { externalNetworkType, tenantNetworkTypes } = ml2.settings;
  const external = booleanOf(body, 'router:external', false);
  for (const type of external && externalNetworkType !== undefined ? [externalNetworkType] : tenantNetworkTypes) {
    const segment = await driverOf(ml2, type).allocateTenantSegment(tx);
    if (segment !== undefined) return [segment];
  }
  throw new NeutronError(NoNetworkAvailable);
}

export async function insertSegments(ml2: Ml2, tx: Tx, networkId: string, segments: readonly Segment[]): Promise<void> {
  await tx
    .insertInto('network_segments')
    .values(
      segments.map((segment, index) => ({
        id: crypto.randomUUID(),
        network_id: networkId,
        network_type: segment.network_type,
        physical_network: segment.physical_network,
        segmentation_id: segment.segmentation_id,
        segment_index: index,
        claim: driverOf(ml2, segment.network_type).claim(segment),
      })),
    )
    .execute();
}

/** Moves a VLAN network to another id of its physical network. Nothing else about a segment ever changes. */
export async function changeSegmentationId(ml2: Ml2, tx: Tx, networkId: string, changes: JsonObject): Promise<void> {
  const given = providerAttributes.filter((name) => changes[name] !== undefined);
  if (given.length === 0) return;
  const segments = await tx.selectFrom('network_segments').selectAll().where('network_id', '=', networkId).execute();
  const [segment] = segments;
  if (segment === undefined || segments.length > 1) {
    invalid('Provider network attributes can be updated only in provider networks with a single segment.');
  }
  const wanted = segmentOf({
    'provider:network_type': changes['provider:network_type'] ?? segment.network_type,
    'provider:physical_network': changes['provider:physical_network'] ?? segment.physical_network,
    'provider:segmentation_id': changes['provider:segmentation_id'] ?? segment.segmentation_id,
  });
  if (wanted.network_type !== segment.network_type || wanted.physical_network !== segment.physical_network) {
    invalid('Plugin does not support updating the following provider network attributes: provider:network_type, provider:physical_network');
  }
  if (wanted.segmentation_id === segment.segmentation_id) return;
  if (segment.network_type !== 'vlan') invalid('Only VLAN type networks can be updated.');
  const bound = await tx
    .selectFrom('port_bindings')
    .select('port_id')
    .where('segment_id', '=', segment.id)
    .where('vif_type', 'not in', ['unbound', 'binding_failed'])
    .executeTakeFirst();
  if (bound !== undefined) invalid('Provider network attribute provider:segmentation_id cannot be updated if any port in the network is bound');
  const driver = driverOf(ml2, segment.network_type);
  driver.validateProviderSegment(wanted);
  const reserved = await driver.reserveProviderSegment(tx, wanted);
  await tx
    .updateTable('network_segments')
    .set({ segmentation_id: reserved.segmentation_id, claim: driver.claim(reserved) })
    .where('id', '=', segment.id)
    .execute();
}

/** The MTU of a network in bytes: what it asks for, at most what all its segments carry; without asking, that. */
export function networkMtu(ml2: Ml2, segments: readonly Segment[], asked: number | undefined): number {
  const limits = segments.map((segment) => ml2.drivers.types.get(segment.network_type)?.mtu(segment.physical_network) ?? 0).filter((mtu) => mtu > 0);
  const largest = limits.length === 0 ? ml2.settings.globalPhysnetMtu : Math.min(...limits);
  if (asked === undefined || asked === 0) return largest;
  if (largest > 0 && asked > largest) invalid(`Requested MTU is too big, maximum is ${String(largest)}`);
  return asked;
}

function askedSegments(ml2: Ml2, body: JsonObject): readonly Segment[] {
  const several = objectsOf(optionalList(body, 'segments') ?? []);
  const single = providerAttributes.some((name) => body[name] !== undefined && body[name] !== null);
  if (single && several.length > 0) throw new NeutronError(SegmentsSetInConjunctionWithProviders);
  const segments = (single ? [body] : several).map(segmentOf);
  for (const segment of segments) driverOf(ml2, segment.network_type).validateProviderSegment(segment);
  return segments;
}

function segmentOf(attributes: JsonObject): Segment {
  const type = optionalText(attributes, 'provider:network_type');
  if (type === undefined) invalid('network_type required');
  const id = attributes['provider:segmentation_id'];
  return {
    network_type: type,
    physical_network: optionalText(attributes, 'provider:physical_network') ?? null,
    segmentation_id: typeof id === 'number' ? id : null,
  };
}

function checkDistinct(ml2: Ml2, segments: readonly Segment[]): void {
  const claims = segments.map((segment) => driverOf(ml2, segment.network_type).claim(segment)).filter((claim) => claim !== null);
  if (new Set(claims).size !== claims.length) throw new NeutronError(SegmentsContainDuplicateEntry);
}

function driverOf(ml2: Ml2, type: string): TypeDriver<Tx> {
  const driver = ml2.drivers.types.get(type);
  if (driver === undefined) invalid(`network_type value '${type}' not supported`);
  return driver;
}

function invalid(message: string): never {
  throw new NeutronError(InvalidInput, { error_message: message });
}
