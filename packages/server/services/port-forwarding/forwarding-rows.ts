import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortForwardingNotFound } from '@neutrino/lib/exceptions/port-forwarding';
import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { PortForwardingsTable } from '../../db/schema.ts';
import type { DbOrTx } from '../../db/types.ts';
import { formatRange, type PortRange, type Side } from './port-range.ts';

export type ForwardingRow = Selectable<PortForwardingsTable>;

/** What of a forwarding must not be in the way of others. */
export type Claim = Omit<ForwardingRow, 'description' | 'revision_number' | 'created_at' | 'updated_at'>;

export function rangeOf(row: Claim, side: Side): PortRange {
  return { first: row[`${side}_port_start`], last: row[`${side}_port_end`] };
}

/** Throws PortForwardingNotFound where the floating IP has no such. */
export async function forwardingRow(db: DbOrTx, floatingIpId: string, id: string): Promise<ForwardingRow> {
  const row = await db.selectFrom('port_forwardings').selectAll().where('id', '=', id).where('floatingip_id', '=', floatingIpId).executeTakeFirst();
  if (row === undefined) throw new NeutronError(PortForwardingNotFound, { id });
  return row;
}

export async function isForwarding(db: DbOrTx, floatingIpId: string): Promise<boolean> {
  return (await db.selectFrom('port_forwardings').select('id').where('floatingip_id', '=', floatingIpId).limit(1).executeTakeFirst()) !== undefined;
}

/** As the API shows it. */
export function forwardingView(row: ForwardingRow): JsonObject {
  return {
    id: row.id,
    external_port: onlyPort(rangeOf(row, 'external')),
    external_port_range: formatRange(rangeOf(row, 'external')),
    internal_port: onlyPort(rangeOf(row, 'internal')),
    internal_port_range: formatRange(rangeOf(row, 'internal')),
    internal_ip_address: row.internal_ip_address,
    protocol: row.protocol,
    internal_port_id: row.internal_port_id,
    description: row.description,
  };
}

/** Floating IP → its forwardings as it shows them itself. */
export async function forwardingsShown(db: DbOrTx, floatingIpIds: readonly string[]): Promise<ReadonlyMap<string, readonly JsonObject[]>> {
  const rows = await unlessEmpty(floatingIpIds, (ids) => db.selectFrom('port_forwardings').selectAll().where(inList('floatingip_id', ids)).orderBy('id').execute());
  const grouped = Map.groupBy(rows, ({ floatingip_id }) => floatingip_id);
  return new Map([...grouped].map(([id, own]) => [id, own.map(shownInFloatingIp)]));
}

/** A range is not among what floating IPs show. */
function shownInFloatingIp(row: ForwardingRow): JsonObject {
  const [external, internal] = [onlyPort(rangeOf(row, 'external')), onlyPort(rangeOf(row, 'internal'))];
  return {
    id: row.id,
    internal_ip_address: row.internal_ip_address,
    protocol: row.protocol,
    internal_port_id: row.internal_port_id,
    ...(external !== null && { external_port: external }),
    ...(internal !== null && { internal_port: internal }),
  };
}

/** Null: several. */
export function onlyPort({ first, last }: PortRange): number | null {
  return first === last ? first : null;
}
