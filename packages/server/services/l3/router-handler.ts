import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { RouterInUse } from '@neutrino/lib/exceptions/router';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler, WriteOptions } from '../../api/resource-handler.ts';
import { adminContext, type RequestContext } from '../../context.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import { rowsExist } from '../../db/rows-exist.ts';
import { transact } from '../../db/transact.ts';
import type { Tx } from '../../db/types.ts';
import { deleteTags } from '../../plugins/ml2/delete-tags.ts';
import { availabilityZoneHints, checkZonesExist } from '../../plugins/ml2/networks/availability-zone-hints.ts';
import { booleanOf, optionalText, textOf } from '../../plugins/ml2/request-values.ts';
import { checkRevision, newStandardAttributes } from '../../plugins/ml2/standard-attributes.ts';
import { flavorRow, profileRow } from '../flavors/flavor-rows.ts';
import type { ServiceProvider } from '../flavors/service-provider.ts';
import type { AgentAddress } from '../../callbacks/registry.ts';
import { attachmentsOfRouter, type Attachment } from './attachments.ts';
import { checkRoutes, routesIn, routesInAction, routesOfRouter, storeRoutes, withoutRoutes, withRoutes, type ExtraRoute } from './extra-routes.ts';
import { addGateways, gatewaysIn, removeGateways, replaceGateways } from './external-gateways.ts';
import { changesOfFirst } from './first-gateway.ts';
import { changeGateways } from './change-gateways.ts';
import { gatewayPort, snatOf, wantedGateway, wantedGateways } from './wanted-gateway.ts';
import { deleteHaPorts, haPortIds } from './ha/bind-ha-router.ts';
import { changedHa, changeHa } from './ha/change-ha.ts';
import { deleteIdleHaNetwork, ensureHaNetwork } from './ha/ha-network.ts';
import { attachPort } from './interfaces/attach-port.ts';
import { attachSubnet } from './interfaces/attach-subnet.ts';
import { detachPort, detachSubnet } from './interfaces/detach.ts';
import type { InterfaceChange } from './interfaces/interface-change.ts';
import { interfaceIn } from './interfaces/interface-request.ts';
import { badRequest } from './attached-subnets.ts';
import { gatewayOwner, type L3, type L3Settings } from './l3.ts';
import { gatewaysOf, lockRouter, routerViews, routerViewsById, visibleRouter, visibleRouters, type RouterRow } from './router-rows.ts';
import { isHa } from './router-provider.ts';
import { OutOfDate, untilCurrent } from './until-current.ts';

const source: ListSource = {
  table: 'routers',
  tagCollection: 'routers',
  columns: {
    ...columnsNamed('id', 'name', 'project_id', 'admin_state_up', 'status', 'description', 'created_at', 'updated_at', 'revision_number'),
    tenant_id: 'project_id',
    flavor_id: { column: 'flavor_id', nullable: true },
    service_type_id: { column: 'service_type_id', nullable: true },
  },
};

/** Routers. Every change of one, of its interfaces and of its gateway is published as an update of the router. */
export function createRouterHandler(l3: L3): ResourceHandler {
  const { db, callbacks } = l3;
  const view = async (context: RequestContext, id: string): Promise<JsonObject> => {
    const [shown = {}] = await routerViews(db, [await visibleRouter(db, context, id)]);
    return shown;
  };
  const changed = async <T>(context: RequestContext, id: string, work: (row: RouterRow) => Promise<T>): Promise<{ readonly result: T; readonly current: JsonObject }> => {
    const original = await view(context, id);
    const result = await untilCurrent(async () => work(await visibleRouter(db, context, id)));
    const current = await view(context, id);
    await callbacks.publish({ resource: 'router', operation: 'update', context, id, current, original });
    return { result, current };
  };
  const changeRoutes = async (context: RequestContext, id: string, body: Json | undefined, change: (present: readonly ExtraRoute[], given: readonly ExtraRoute[]) => readonly ExtraRoute[]): Promise<Json> => {
    const given = routesInAction(body);
    const { current } = await changed(context, id, () =>
      transact(db, async (tx) => {
        await lockRouter(tx, id);
        await replaceRoutes(l3, tx, id, change(await routesOfRouter(tx, id), given));
      }),
    );
    return { router: current };
  };
  const changeExternal = async (context: RequestContext, id: string, body: Json | undefined, change: typeof addGateways): Promise<Json> => {
    const given = gatewaysIn(body);
    const { current } = await changed(context, id, (row) => change(l3, context, row, given));
    return { router: current };
  };
  return {
    list: async (context, query) => routerViews(db, await listRows(visibleRouters(db, context), query, source)),

    get: view,

    async create(context, bodies, options) {
      const created = await routerViewsById(db, await createRouters(l3, context, bodies, options));
      for (const current of created) await callbacks.publish({ resource: 'router', operation: 'create', context, id: String(current['id']), current });
      // Those that are highly available have their agents by now, or show that they cannot have any.
      return created.some(({ ha }) => ha === true) ? routerViewsById(db, created.map(({ id }) => String(id))) : created;
    },

    async update(context, id, changes, options) {
      const original = await view(context, id);
      const takenFrom = await untilCurrent(async () => updateRouter(l3, context, await visibleRouter(db, context, id), changes, options));
      const current = await view(context, id);
      if (current['ha'] !== original['ha'] && current['ha'] === false) {
        await deleteHaPorts(l3, id);
        await deleteIdleHaNetwork(l3, String(current['project_id']));
      }
      await callbacks.publish({ resource: 'router', operation: 'update', context, id, current, original, ...(takenFrom.length > 0 && { takenFrom }) });
      return current['ha'] === true ? view(context, id) : current;
    },

    async delete(context, id, options) {
      const current = await view(context, id);
      await untilCurrent(async () => deleteRouter(l3, await visibleRouter(db, context, id), options));
      if (current['ha'] === true) await deleteIdleHaNetwork(l3, String(current['project_id']));
      await callbacks.publish({ resource: 'router', operation: 'delete', context, id, current });
    },

    actions: {
      async add_router_interface(context, id, body) {
        const { portId, subnetId } = interfaceIn(body);
        if (portId !== undefined && subnetId !== undefined) throw badRequest('Cannot specify both subnet-id and port-id');
        const { result } = await changed(context, id, (row) => (portId === undefined ? attachSubnet(l3, context, row, subnetId ?? '') : attachPort(l3, context, row, portId)));
        return interfaceView(id, result);
      },

      async remove_router_interface(context, id, body) {
        const { portId, subnetId } = interfaceIn(body);
        const { result } = await changed(context, id, (row) => (portId === undefined ? detachSubnet(l3, context, row, subnetId ?? '') : detachPort(l3, row, portId, subnetId)));
        return interfaceView(id, result);
      },

      add_extraroutes: (context, id, body) => changeRoutes(context, id, body, withRoutes),

      remove_extraroutes: (context, id, body) => changeRoutes(context, id, body, withoutRoutes),

      add_external_gateways: (context, id, body) => changeExternal(context, id, body, addGateways),

      update_external_gateways: (context, id, body) => changeExternal(context, id, body, replaceGateways),

      remove_external_gateways: (context, id, body) => changeExternal(context, id, body, removeGateways),
    },
  };
}

/** All or none. Those with gateways are written in the transaction that makes their ports. Returns the ids in the order of the bodies. */
async function createRouters(l3: L3, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly string[]> {
  const { db, core, settings, agents, flavorProfiles } = l3;
  await checkZonesExist(agents, 'L3 agent', bodies);
  const choices = bodies.map(choiceIn);
  const flavors = new Set(choices.flatMap(({ flavor_id }) => flavor_id ?? []));
  const profiles = new Set(choices.flatMap(({ service_type_id }) => service_type_id ?? []));
  const providers = new Map<string | null, ServiceProvider>();
  for (const flavorId of flavors) providers.set(flavorId, await flavorProfiles.nextProvider(flavorId));
  for (const profileId of profiles) providers.set(profileId, await flavorProfiles.providerOf(profileId));
  const rows = bodies.map((body, index) => newRouter(context, body, choices[index] ?? choiceIn(body), providers, settings));
  // Before there is a router: where the network cannot be had, whoever asks for the router hears of it.
  for (const projectId of new Set(rows.flatMap(({ ha, project_id }) => (ha === 1 ? project_id : [])))) await ensureHaNetwork(l3, projectId);
  const insert = async (tx: Tx): Promise<void> => {
    for (const flavorId of flavors) await flavorRow(tx, flavorId);
    for (const profileId of profiles) await profileRow(tx, profileId);
    await tx.insertInto('routers').values(rows).execute();
  };
  const outward = bodies.flatMap((body, index) => (isJsonObject(body['external_gateway_info']) ? [{ id: rows[index]?.id ?? '', info: body['external_gateway_info'] }] : []));
  const gateways = await wantedGateways(l3, context, outward.map(({ info }) => info));
  const ports = gateways.map((gateway, index) => gatewayPort(outward[index]?.id ?? '', gateway));
  if (ports.length === 0) {
    await transact(db, async (tx) => {
      await insert(tx);
      await options?.beforeCommit?.(tx);
      return rows;
    }, rowsExist('routers'));
  } else {
    await core.ports.create?.(adminContext(context.requestId), ports, {
      alongside: async (transaction, portIds) => {
        const tx = transaction as Tx;
        await insert(tx);
        const attached = portIds.map((id, index) => ({ port_id: id, router_id: String(ports[index]?.['device_id']), port_type: gatewayOwner }));
        await tx.insertInto('router_ports').values(attached).execute();
        await options?.beforeCommit?.(tx);
      },
    });
  }
  return rows.map(({ id }) => id);
}

/** What names the provider of a router. Throws BadRequest for both. */
function choiceIn({ flavor_id, service_type_id: profileId = null }: JsonObject): Pick<RouterRow, 'flavor_id' | 'service_type_id'> {
  if (profileId !== null && flavor_id !== undefined) throw badRequest('Cannot specify both flavor_id and service_type_id: a flavor chooses the service profile');
  return { flavor_id: flavor_id === undefined ? null : String(flavor_id), service_type_id: profileId === null ? null : String(profileId) };
}

function newRouter(context: RequestContext, body: JsonObject, choice: ReturnType<typeof choiceIn>, providers: ReadonlyMap<string | null, ServiceProvider>, settings: L3Settings): RouterRow {
  const gateway = body['external_gateway_info'];
  return {
    id: crypto.randomUUID(),
    project_id: textOf(body, 'project_id', context.projectId ?? ''),
    name: textOf(body, 'name', ''),
    admin_state_up: booleanOf(body, 'admin_state_up', true) ? 1 : 0,
    status: 'ACTIVE',
    enable_snat: snatOf(gateway, settings.enableSnatByDefault),
    availability_zone_hints: JSON.stringify(availabilityZoneHints(body)),
    ha: isHa(body, providers.get(choice.flavor_id ?? choice.service_type_id), settings.ha.isDefault) ? 1 : 0,
    enable_default_route_ecmp: booleanOf(body, 'enable_default_route_ecmp', settings.enableEcmpByDefault) ? 1 : 0,
    ...choice,
    ...newStandardAttributes(body),
  };
}

/** Returns the agents that the router was taken from because it has become of another kind. */
async function updateRouter(l3: L3, context: RequestContext, row: RouterRow, changes: JsonObject, options?: WriteOptions): Promise<readonly AgentAddress[]> {
  checkRevision(row, options?.revisionNumber);
  const { external_gateway_info: info, routes } = changes;
  const ha = changedHa(row, changes);
  if (ha === true) await ensureHaNetwork(l3, row.project_id);
  let takenFrom: readonly AgentAddress[] = [];
  const named = {
    ...(optionalText(changes, 'name') !== undefined && { name: textOf(changes, 'name', '') }),
    ...(optionalText(changes, 'description') !== undefined && { description: textOf(changes, 'description', '') }),
    ...(typeof changes['enable_default_route_ecmp'] === 'boolean' && { enable_default_route_ecmp: changes['enable_default_route_ecmp'] ? (1 as const) : (0 as const) }),
    ...(changes['admin_state_up'] !== undefined && { admin_state_up: booleanOf(changes, 'admin_state_up', true) ? (1 as const) : (0 as const) }),
  };
  const write = async (tx: Tx): Promise<void> => {
    // Gateways that stay go on as they did.
    const isOutside = info === null && gatewaysOf(await attachmentsOfRouter(tx, row.id)).length > 0;
    const columns = { ...named, ...(info !== undefined && !isOutside && { enable_snat: snatOf(info, l3.settings.enableSnatByDefault) }) };
    if (routes !== undefined) await replaceRoutes(l3, tx, row.id, routesIn(routes));
    if (ha !== undefined) takenFrom = await changeHa(tx, row.id, ha);
    if (Object.keys(columns).length > 0) await tx.updateTable('routers').set(columns).where('id', '=', row.id).execute();
  };
  const wanted = info === undefined ? undefined : await wantedGateway(l3, context, info);
  const check = (tx: Tx): Promise<void> => requireRevision(tx, row, options);
  const gateways = info === undefined ? undefined : changesOfFirst(gatewaysOf(await attachmentsOfRouter(l3.db, row.id)), wanted);
  if (gateways !== undefined) {
    await changeGateways(l3, row.id, gateways, { check, write });
    return takenFrom;
  }
  await transact(l3.db, async (tx) => {
    await lockRouter(tx, row.id);
    await check(tx);
    await write(tx);
  });
  return takenFrom;
}

/** Under the lock of the router, which has counted its revision up. */
async function requireRevision(tx: Tx, { id }: RouterRow, options?: WriteOptions): Promise<void> {
  if (options?.revisionNumber === undefined) return;
  const { revision_number: revision } = await tx.selectFrom('routers').select('revision_number').where('id', '=', id).executeTakeFirstOrThrow();
  checkRevision({ revision_number: revision - 1 }, options.revisionNumber);
}

/** Under the lock of the router. */
async function replaceRoutes({ settings }: L3, tx: Tx, routerId: string, routes: readonly ExtraRoute[]): Promise<void> {
  const addresses = (await attachmentsOfRouter(tx, routerId)).flatMap((attachment) => attachment.addresses);
  checkRoutes(routerId, routes, { cidrs: addresses.map(({ cidr }) => cidr), addresses: addresses.map(({ ip }) => ip) }, settings.maxRoutes);
  await storeRoutes(tx, routerId, routes);
}

/** Throws RouterInUse where it has interfaces, RouterExternalGatewayInUseByFloatingIp where floating IPs need its gateway. */
async function deleteRouter(l3: L3, row: RouterRow, options?: WriteOptions): Promise<void> {
  const { id } = row;
  checkRevision(row, options?.revisionNumber);
  const check = (tx: Tx): Promise<void> => requireRevision(tx, row, options);
  const attachments = await attachmentsOfRouter(l3.db, id);
  requireNoInterfaces(id, attachments);
  const gateways = gatewaysOf(attachments);
  // Before anything of it goes.
  checkRevision(row, options?.revisionNumber);
  if (gateways.length > 0) await changeGateways(l3, id, { isStillRight: (present) => present.length === gateways.length, remove: gateways }, { check });
  await deleteHaPorts(l3, id);
  await transact(l3.db, async (tx) => {
    await lockRouter(tx, id);
    if (gateways.length === 0) await check(tx);
    const now = await attachmentsOfRouter(tx, id);
    requireNoInterfaces(id, now);
    if (gatewaysOf(now).length > 0 || (await haPortIds(tx, id)).length > 0) throw new OutOfDate();
    await deleteTags(tx, [id]);
    await tx.deleteFrom('routers').where('id', '=', id).execute();
  });
}

function requireNoInterfaces(id: string, attachments: readonly Attachment[]): void {
  const inside = attachments.filter(({ type }) => type !== gatewayOwner);
  if (inside.length > 0) throw new NeutronError(RouterInUse, { router_id: id, reason: `has ports still attached: ${inside.map(({ portId }) => portId).join(', ')}` });
}

function interfaceView(routerId: string, { port, subnetIds }: InterfaceChange): JsonObject {
  return {
    id: routerId,
    tenant_id: port['project_id'],
    project_id: port['project_id'],
    port_id: port['id'],
    network_id: port['network_id'],
    subnet_id: subnetIds.at(-1) ?? null,
    subnet_ids: subnetIds,
  };
}
