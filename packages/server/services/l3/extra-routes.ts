import { show } from '@neutrino/lib/api/converters';
import { hostRoutes } from '@neutrino/lib/api/host-routes';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { InvalidRoutes, RoutesExhausted } from '@neutrino/lib/exceptions/router';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import { cidrContains, type Cidr } from '@neutrino/lib/net/cidr';
import { canonicalIp, parseIp } from '@neutrino/lib/net/ip';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import { inParts } from '../../db/in-parts.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';

/** A route of a router's beside those to its own subnets. */
export interface ExtraRoute {
  /** A prefix, as it was given. */
  readonly destination: string;
  readonly nexthop: string;
}

/** Router → its extra routes, in the order of their text: one query. */
export async function routesOf(db: DbOrTx, ids: readonly string[]): Promise<ReadonlyMap<string, readonly (ExtraRoute & { readonly [name: string]: string })[]>> {
  const rows = await unlessEmpty(ids, (some) =>
    db.selectFrom('router_routes').selectAll().where(inList('router_id', some)).orderBy('destination').orderBy('nexthop').execute(),
  );
  const grouped = Map.groupBy(rows, ({ router_id }) => router_id);
  return new Map([...grouped].map(([id, own]) => [id, own.map(({ destination, nexthop }) => ({ destination, nexthop }))]));
}

export async function routesOfRouter(db: DbOrTx, routerId: string): Promise<readonly ExtraRoute[]> {
  return (await routesOf(db, [routerId])).get(routerId) ?? [];
}

/** The routes of a validated body. */
export function routesIn(value: Json | undefined): readonly ExtraRoute[] {
  return (Array.isArray(value) ? value.filter(isJsonObject) : []).map(({ destination, nexthop }) => ({
    destination: String(destination),
    nexthop: canonicalIp(String(nexthop)) ?? String(nexthop),
  }));
}

/** The routes in the body of add_extraroutes and remove_extraroutes: `{router: {routes: [...]}}`. Throws HTTPBadRequest. */
export function routesInAction(body: Json | undefined): readonly ExtraRoute[] {
  const router = isJsonObject(body) ? body['router'] : undefined;
  const routes = isJsonObject(router) ? router['routes'] : undefined;
  const wrong = routes === undefined ? "The request body needs 'router' with 'routes'" : hostRoutes(routes);
  if (wrong !== undefined) throw new NeutronError(HTTPBadRequest, { message: `Invalid input for routes. Reason: ${wrong}.` });
  return routesIn(routes);
}

/** With the others; a route that is there already is there once. */
export function withRoutes(present: readonly ExtraRoute[], added: readonly ExtraRoute[]): readonly ExtraRoute[] {
  return [...new Map([...present, ...added].map((route) => [key(route), route])).values()];
}

/** Without the others; one that is not there is no error. */
export function withoutRoutes(present: readonly ExtraRoute[], removed: readonly ExtraRoute[]): readonly ExtraRoute[] {
  const gone = new Set(removed.map(key));
  return present.filter((route) => !gone.has(key(route)));
}

/** Where a router is, as far as its routes depend on it. */
export interface Surroundings {
  /** The prefixes of its subnets. */
  readonly cidrs: readonly Cidr[];
  /** Its own addresses. */
  readonly addresses: readonly string[];
}

/** Throws RoutesExhausted where they are too many, InvalidRoutes where a next hop is not on one of the router's subnets, or is the router itself. */
export function checkRoutes(routerId: string, routes: readonly ExtraRoute[], { cidrs, addresses }: Surroundings, maximum: number): void {
  if (routes.length > maximum) throw new NeutronError(RoutesExhausted, { router_id: routerId, quota: String(maximum) });
  const invalid = (reason: string): NeutronError => new NeutronError(InvalidRoutes, { routes: show(routes.map((route) => ({ ...route }))), reason });
  for (const { nexthop } of routes) {
    if (!cidrs.some((cidr) => reaches(cidr, nexthop))) throw invalid('the nexthop is not connected with router');
    if (addresses.includes(nexthop)) throw invalid('the nexthop is used by router');
  }
}

/** Whether one of the routes leads over the prefix. */
export function needsPrefix(routes: readonly ExtraRoute[], cidr: Cidr): boolean {
  return routes.some(({ nexthop }) => reaches(cidr, nexthop));
}

/** Under the lock of the router. */
export async function storeRoutes(tx: Tx, routerId: string, routes: readonly ExtraRoute[]): Promise<void> {
  await tx.deleteFrom('router_routes').where('router_id', '=', routerId).execute();
  const rows = withRoutes([], routes).map((route) => ({ router_id: routerId, ...route }));
  for (const part of inParts(rows)) await tx.insertInto('router_routes').values(part).execute();
}

function reaches(cidr: Cidr, nexthop: string): boolean {
  const ip = parseIp(nexthop);
  return ip !== undefined && cidrContains(cidr, ip);
}

function key({ destination, nexthop }: ExtraRoute): string {
  return `${destination} ${nexthop}`;
}
