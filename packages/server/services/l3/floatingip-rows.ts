import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { FloatingIPNotFound } from '@neutrino/lib/exceptions/router';
import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable, SelectQueryBuilder } from 'kysely';
import type { RequestContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Database, FloatingipsTable } from '../../db/schema.ts';
import { tagsOf } from '../../db/tag-filter.ts';
import type { DbOrTx } from '../../db/types.ts';
import { forwardingsShown } from '../port-forwarding/forwarding-rows.ts';
import { standardAttributesView } from '../../plugins/ml2/standard-attributes.ts';

export type FloatingIpRow = Selectable<FloatingipsTable>;

/** The floating IPs that the context may see: its project's own; an admin sees all. */
export function visibleFloatingIps(db: DbOrTx, context: RequestContext): SelectQueryBuilder<Database, 'floatingips', FloatingIpRow> {
  const rows = db.selectFrom('floatingips').selectAll('floatingips');
  return context.isAdmin ? rows : rows.where('floatingips.project_id', '=', context.projectId ?? '');
}

/** Throws FloatingIPNotFound where there is none, or the context may not see it. */
export async function visibleFloatingIp(db: DbOrTx, context: RequestContext, id: string): Promise<FloatingIpRow> {
  const row = await visibleFloatingIps(db, context).where('floatingips.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NeutronError(FloatingIPNotFound, { floatingip_id: id });
  return row;
}

/** Floating IPs as the API shows them: a fixed number of queries, however many. */
export async function floatingIpViews(db: DbOrTx, rows: readonly FloatingIpRow[]): Promise<readonly JsonObject[]> {
  const details = await portDetails(db, [...new Set(rows.flatMap((row) => row.fixed_port_id ?? []))]);
  const tags = await tagsOf(db, 'floatingips', rows.map(({ id }) => id));
  const forwardings = await forwardingsShown(db, rows.filter(mayForward).map(({ id }) => id));
  return rows.map((row) => ({
    id: row.id,
    project_id: row.project_id,
    tenant_id: row.project_id,
    floating_ip_address: row.floating_ip_address,
    floating_network_id: row.floating_network_id,
    router_id: row.router_id,
    port_id: row.fixed_port_id,
    fixed_ip_address: row.fixed_ip_address,
    status: row.status,
    dns_name: row.dns_name,
    dns_domain: row.dns_domain,
    port_details: details.get(row.fixed_port_id ?? '') ?? null,
    port_forwardings: forwardings.get(row.id) ?? [],
    tags: tags.get(row.id) ?? [],
    ...standardAttributesView(row),
  }));
}

/** Of a router without leading to a port: its ports may lead to several. */
export function mayForward({ router_id, fixed_port_id }: Pick<FloatingIpRow, 'router_id' | 'fixed_port_id'>): boolean {
  return router_id !== null && fixed_port_id === null;
}

/** Those that exist, in the order of `ids`. */
export async function floatingIpViewsById(db: DbOrTx, ids: readonly string[]): Promise<readonly JsonObject[]> {
  const rows = new Map((await unlessEmpty(ids, (some) => db.selectFrom('floatingips').selectAll().where(inList('id', some)).execute())).map((row) => [row.id, row]));
  return floatingIpViews(db, ids.flatMap((id) => rows.get(id) ?? []));
}

async function portDetails(db: DbOrTx, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  const rows = await unlessEmpty(ids, (some) =>
    db.selectFrom('ports').select(['id', 'name', 'network_id', 'mac_address', 'admin_state_up', 'status', 'device_id', 'device_owner']).where(inList('id', some)).execute(),
  );
  return new Map(rows.map(({ id, admin_state_up: isUp, ...port }) => [id, { ...port, admin_state_up: isUp === 1 }]));
}
