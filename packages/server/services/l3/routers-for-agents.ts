import type { Json, JsonObject } from '@neutrino/lib/json';
import { parseCidr } from '@neutrino/lib/net/cidr';
import { listAll } from '../../api/resource-handler.ts';
import { adminContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import { objectsOf, optionalList, textOf } from '../../plugins/ml2/request-values.ts';
import { floatingIpViews } from './floatingip-rows.ts';
import { haCopiesOn } from './ha/ha-copies-on.ts';
import { gatewayOwner, haPortOwner, interfaceOwners, type L3 } from './l3.ts';
import { routerViewsById } from './router-rows.ts';

/**
 * Routers as L3 agents read them: with their ports, which carry the subnets that they are on and the others of their
 * networks, and with their floating IPs. Those that are switched off are left out, and highly available ones that have no copy on `host`. A fixed number of queries, however many routers.
 */
export async function routersForAgents({ db, core }: L3, ids: readonly string[], host: string): Promise<readonly JsonObject[]> {
  const routers = (await routerViewsById(db, ids)).filter((router) => router['admin_state_up'] === true);
  const active = routers.map(({ id }) => String(id));
  const copies = new Map((await haCopiesOn(db, host, routers)).map((copy) => [copy.routerId, copy]));
  const own = new Set([...copies.values()].map(({ portId }) => portId));
  const all = await unlessEmpty(active, (some) => db.selectFrom('router_ports').selectAll().where(inList('router_id', some)).orderBy('position').orderBy('port_id').execute());
  const attached = all.filter(({ port_id, port_type }) => port_type !== haPortOwner || own.has(port_id));
  const ports = attached.length === 0 ? [] : await core.ports.list(adminContext(), { ...listAll, filters: { id: attached.map(({ port_id }) => port_id) } });
  const described = new Map<string, JsonObject>((await withSubnets({ core, db }, ports)).map((port) => [String(port['id']), port]));
  const attachedTo = Map.groupBy(attached, ({ router_id }) => router_id);
  const floating = await floatingIpsOf(db, active);
  return routers.flatMap((router) => {
    const of = (...types: readonly string[]): readonly JsonObject[] => {
      const ofTypes = (attachedTo.get(String(router['id'])) ?? []).filter(({ port_type }) => types.includes(port_type));
      return ofTypes.map(({ port_id }) => described.get(port_id)).filter((port) => port !== undefined);
    };
    const [gateway, ...furtherGateways] = of(gatewayOwner);
    const interfaces = of(...interfaceOwners);
    const [haInterface] = of(haPortOwner);
    const copy = copies.get(String(router['id']));
    // An agent can make nothing of it yet.
    if (router['ha'] === true && haInterface === undefined) return [];
    const lent = floating.get(String(router['id'])) ?? [];
    const addresses = lent.filter((each) => each['port_id'] !== null);
    const forwarding = lent.filter(({ port_forwardings: forwardings }) => Array.isArray(forwardings) && forwardings.length > 0);
    const { enable_snat: snat } = (router['external_gateway_info'] ?? {}) as JsonObject;
    return [{
      ...router,
      // There is no choice.
      distributed: false,
      ha_vr_id: copy?.vrId ?? 0,
      ...(copy !== undefined && haInterface !== undefined && { _ha_interface: haInterface, _ha_state: copy.state }),
      gw_port_id: gateway?.['id'] ?? null,
      gw_port_host: gateway?.['binding:host_id'] ?? null,
      ...(gateway !== undefined && { gw_port: gateway, enable_snat: snat ?? null }),
      ...(furtherGateways.length > 0 && { extra_gw_ports: furtherGateways }),
      ...(interfaces.length > 0 && { _interfaces: interfaces }),
      ...(addresses.length > 0 && { _floatingips: addresses }),
      ...(forwarding.length > 0 && forwardingInfo(forwarding)),
    }];
  });
}

/** The floating IPs of which ports lead to several addresses; what those are agents ask for as objects. */
function forwardingInfo(floatingIps: readonly JsonObject[]): JsonObject {
  return {
    _pf_floatingips: floatingIps,
    port_forwardings_fip_set: floatingIps.map(({ floating_ip_address: address }) => `${String(address)}/32`),
    fip_managed_by_port_forwardings: floatingIps.map(({ id }) => id ?? null),
  };
}

/** Ports without an address are of no use to a router. */
async function withSubnets({ core, db }: Pick<L3, 'core' | 'db'>, ports: readonly JsonObject[]): Promise<readonly JsonObject[]> {
  const networkIds = [...new Set(ports.map(({ network_id }) => String(network_id)))];
  if (networkIds.length === 0) return [];
  const subnets = Map.groupBy(await core.subnets.list(adminContext(), { ...listAll, filters: { network_id: networkIds } }), ({ network_id }) => network_id);
  const mtus = new Map((await core.networks.list(adminContext(), { ...listAll, filters: { id: networkIds } })).map(({ id, mtu }) => [id, mtu]));
  const scopes = new Map((await db.selectFrom('subnetpools').select(['id', 'address_scope_id']).execute()).map(({ id, address_scope_id }) => [id, address_scope_id]));
  return ports.flatMap((port) => {
    const fixedIps = objectsOf(optionalList(port, 'fixed_ips') ?? []);
    if (fixedIps.length === 0) return [];
    const all = subnets.get(port['network_id']) ?? [];
    const isOwn = ({ id }: JsonObject): boolean => fixedIps.some((fixedIp) => fixedIp['subnet_id'] === id);
    const scopeOf = (version: number): Json => {
      const pool = all.findLast((subnet) => subnet['ip_version'] === version)?.['subnetpool_id'];
      return scopes.get(String(pool)) ?? null;
    };
    return [{
      ...port,
      fixed_ips: fixedIps.map((fixedIp) => ({ ...fixedIp, prefixlen: parseCidr(textOf(all.find(({ id }) => id === fixedIp['subnet_id']) ?? {}, 'cidr', ''))?.prefixLength ?? null })),
      subnets: all.filter(isOwn).map(subnetInfo),
      extra_subnets: all.filter((subnet) => !isOwn(subnet)).map(subnetInfo),
      address_scopes: { 4: scopeOf(4), 6: scopeOf(6) },
      mtu: mtus.get(port['network_id']) ?? 0,
    }];
  });
}

function subnetInfo({ id, cidr, gateway_ip, dns_nameservers, ipv6_ra_mode, subnetpool_id }: JsonObject): JsonObject {
  return { id, cidr, gateway_ip, dns_nameservers, ipv6_ra_mode, subnetpool_id };
}

async function floatingIpsOf(db: L3['db'], routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly JsonObject[]>> {
  const rows = await unlessEmpty(routerIds, (some) => db.selectFrom('floatingips').selectAll().where(inList('router_id', some)).orderBy('id').execute());
  const views = await floatingIpViews(db, rows);
  const scopes = await scopesOfFixedAddresses(db, rows.flatMap(({ fixed_port_id }) => fixed_port_id ?? []));
  const scoped = views.map((view) => ({ ...view, fixed_ip_address_scope: scopes.get(`${String(view['port_id'])} ${String(view['fixed_ip_address'])}`) ?? null }));
  return Map.groupBy(scoped, (view) => String((view as JsonObject)['router_id']));
}

async function scopesOfFixedAddresses(db: L3['db'], portIds: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const rows = await unlessEmpty(portIds, (some) =>
    db
      .selectFrom('ip_allocations')
      .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
      .leftJoin('subnetpools', 'subnetpools.id', 'subnets.subnetpool_id')
      .select(['ip_allocations.port_id', 'ip_allocations.ip_address', 'subnetpools.address_scope_id'])
      .where(inList('ip_allocations.port_id', some))
      .execute(),
  );
  return new Map(rows.map(({ port_id, ip_address, address_scope_id }) => [`${port_id} ${ip_address}`, address_scope_id]));
}
