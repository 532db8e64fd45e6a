import { gatewayInfos, toGatewayInfo } from '@neutrino/lib/api/gateway-info';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { UnableToRemoveGateways } from '@neutrino/lib/exceptions/router';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../context.ts';
import type { Tx } from '../../db/types.ts';
import { attachmentsOfRouter, type Attachment } from './attachments.ts';
import { changeGateways } from './change-gateways.ts';
import { matched, replacement } from './matched-gateways.ts';
import type { L3 } from './l3.ts';
import { gatewaysOf, type RouterRow } from './router-rows.ts';
import { snatOf, wantedGateways } from './wanted-gateway.ts';

/** The gateways in the body of such an action: `{router: {external_gateways: [...]}}`; null says as much as an empty list. Throws HTTPBadRequest. */
export function gatewaysIn(body: Json | undefined): readonly JsonObject[] {
  const router = isJsonObject(body) ? body['router'] : undefined;
  const infos = isJsonObject(router) ? router['external_gateways'] : undefined;
  const wrong = infos === undefined ? "The request body needs 'router' with 'external_gateways'" : gatewayInfos(infos);
  if (wrong !== undefined) throw new NeutronError(HTTPBadRequest, { message: `Invalid input for external_gateways. Reason: ${wrong}.` });
  return (Array.isArray(infos) ? infos : []).map(toGatewayInfo).filter(isJsonObject);
}

/** After those that there are. Whether addresses are translated is the router's: only the first of all gateways says it. */
export async function addGateways(l3: L3, context: RequestContext, { id }: RouterRow, infos: readonly JsonObject[]): Promise<void> {
  const add = await wantedGateways(l3, context, infos);
  if (add.length === 0) return;
  const isFirst = (await gatewaysNow(l3, id)).length === 0;
  await changeGateways(l3, id, { isStillRight: (present) => (present.length === 0) === isFirst, add }, isFirst ? { write: translating(l3, id, infos[0]) } : {});
}

/** What `infos` name goes. */
export async function removeGateways(l3: L3, context: RequestContext, { id }: RouterRow, infos: readonly JsonObject[]): Promise<void> {
  if (infos.length === 0) return;
  const present = await gatewaysNow(l3, id);
  if (present.length === 0) throw new NeutronError(UnableToRemoveGateways, { router_id: id });
  const remove = matched(id, present, await wantedGateways(l3, context, infos));
  const isStillRight = (now: readonly Attachment[]): boolean => remove.every(({ portId }) => now.some((gateway) => gateway.portId === portId));
  await changeGateways(l3, id, { isStillRight, remove }, {
    async write(tx) {
      if (gatewaysOf(await attachmentsOfRouter(tx, id)).length === 0) await translating(l3, id, undefined)(tx);
    },
  });
}

/** Makes `infos` all that the router has, in this order. What it has of that already stays, with its port. */
export async function replaceGateways(l3: L3, context: RequestContext, { id }: RouterRow, infos: readonly JsonObject[]): Promise<void> {
  const wanted = await wantedGateways(l3, context, infos);
  const present = await gatewaysNow(l3, id);
  const isStillRight = (now: readonly Attachment[]): boolean => JSON.stringify(now.map(identity)) === JSON.stringify(present.map(identity));
  await changeGateways(l3, id, { isStillRight, ...replacement(id, present, wanted) }, { write: translating(l3, id, infos[0]) });
}

async function gatewaysNow({ db }: L3, routerId: string): Promise<readonly Attachment[]> {
  return gatewaysOf(await attachmentsOfRouter(db, routerId));
}

function translating({ settings }: L3, routerId: string, info: JsonObject | undefined): (tx: Tx) => Promise<void> {
  return async (tx) => void (await tx.updateTable('routers').set({ enable_snat: snatOf(info, settings.enableSnatByDefault) }).where('id', '=', routerId).execute());
}

/** What of a gateway decides which one a request means. */
function identity({ portId, position, addresses }: Attachment): Json {
  return [portId, position, addresses.map(({ ip }) => ip)];
}
