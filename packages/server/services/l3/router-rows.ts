import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { RouterNotFound } from '@neutrino/lib/exceptions/router';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { sql, type Selectable, type SelectQueryBuilder } from 'kysely';
import type { RequestContext } from '../../context.ts';
import { databaseTime } from '../../db/database-time.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Database, RoutersTable } from '../../db/schema.ts';
import { tagsOf } from '../../db/tag-filter.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import { standardAttributesView } from '../../plugins/ml2/standard-attributes.ts';
import { helpersShown } from '../conntrack-helper/helper-rows.ts';
import { attachmentsOf, type Attachment } from './attachments.ts';
import { gatewayOwner } from './l3.ts';
import { routesOf } from './extra-routes.ts';
import { OutOfDate } from './until-current.ts';

export type RouterRow = Selectable<RoutersTable>;

/** The routers that the context may see: its project's own; an admin sees all. */
export function visibleRouters(db: DbOrTx, context: RequestContext): SelectQueryBuilder<Database, 'routers', RouterRow> {
  const routers = db.selectFrom('routers').selectAll('routers');
  return context.isAdmin ? routers : routers.where('routers.project_id', '=', context.projectId ?? '');
}

/** Throws RouterNotFound where there is none, or the context may not see it. */
export async function visibleRouter(db: DbOrTx, context: RequestContext, id: string): Promise<RouterRow> {
  const row = await visibleRouters(db, context).where('routers.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NeutronError(RouterNotFound, { router_id: id });
  return row;
}

/**
 * Counts the revision up, which is also the lock under which the ports, routes and floating IPs of a router change: what
 * was read of them before is read again behind it. Throws RouterNotFound.
 */
export async function lockRouter(tx: Tx, id: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('routers')
    .set({ revision_number: sql`revision_number + 1`, updated_at: databaseTime() })
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new NeutronError(RouterNotFound, { router_id: id });
}

/** The same for what depends on the kind of the router. Throws OutOfDate where it has become of the other. */
export async function lockRouterAsIs(tx: Tx, { id, ha }: Pick<RouterRow, 'id' | 'ha'>): Promise<void> {
  await lockRouter(tx, id);
  const now = await tx.selectFrom('routers').select('ha').where('id', '=', id).executeTakeFirst();
  if (now?.ha !== ha) throw new OutOfDate();
}

/** Routers as the API shows them: a fixed number of queries, however many routers. */
export async function routerViews(db: DbOrTx, rows: readonly RouterRow[]): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const attachments = await attachmentsOf(db, ids);
  const routes = await routesOf(db, ids);
  const zones = await zonesOf(db, ids);
  const tags = await tagsOf(db, 'routers', ids);
  const helpers = await helpersShown(db, ids);
  return rows.map((row) => {
    const gateways = gatewaysOf(attachments.get(row.id) ?? []).map((gateway) => gatewayView(row, gateway));
    return {
      id: row.id,
      name: row.name,
      project_id: row.project_id,
      tenant_id: row.project_id,
      admin_state_up: row.admin_state_up === 1,
      status: row.status,
      flavor_id: row.flavor_id,
      service_type_id: row.service_type_id,
      ha: row.ha === 1,
      external_gateway_info: gateways[0] ?? null,
      external_gateways: gateways,
      enable_default_route_ecmp: row.enable_default_route_ecmp === 1,
      routes: routes.get(row.id) ?? [],
      availability_zone_hints: JSON.parse(row.availability_zone_hints) as Json,
      availability_zones: zones.get(row.id) ?? [],
      conntrack_helpers: helpers.get(row.id) ?? [],
      tags: tags.get(row.id) ?? [],
      ...standardAttributesView(row),
    };
  });
}

/** Those that exist, in the order of `ids`. */
export async function routerViewsById(db: DbOrTx, ids: readonly string[]): Promise<readonly JsonObject[]> {
  const rows = new Map((await unlessEmpty(ids, (some) => db.selectFrom('routers').selectAll().where(inList('id', some)).execute())).map((row) => [row.id, row]));
  return routerViews(db, ids.flatMap((id) => rows.get(id) ?? []));
}

/** In their order. The first is the one that those know who know of no others. */
export function gatewaysOf(attachments: readonly Attachment[]): readonly Attachment[] {
  return attachments.filter(({ type }) => type === gatewayOwner);
}

function gatewayView(row: RouterRow, { networkId, addresses }: Attachment): JsonObject {
  return {
    network_id: networkId,
    external_fixed_ips: addresses.map(({ subnetId, ip }) => ({ subnet_id: subnetId, ip_address: ip })),
    enable_snat: row.enable_snat === 1,
  };
}

async function zonesOf(db: DbOrTx, ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(ids, (some) =>
    db
      .selectFrom('router_l3_agent_bindings')
      .innerJoin('agents', 'agents.id', 'router_l3_agent_bindings.l3_agent_id')
      .select(['router_l3_agent_bindings.router_id', 'agents.availability_zone'])
      .where(inList('router_l3_agent_bindings.router_id', some))
      .where('agents.availability_zone', 'is not', null)
      .distinct()
      .orderBy('agents.availability_zone')
      .execute(),
  );
  const grouped = Map.groupBy(rows, ({ router_id }) => router_id);
  return new Map([...grouped].map(([id, own]) => [id, own.flatMap(({ availability_zone: zone }) => zone ?? [])]));
}
