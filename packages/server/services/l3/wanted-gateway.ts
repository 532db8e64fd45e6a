import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { listAll } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import { booleanOf, objectsOf, optionalList, optionalText, textOf } from '../../plugins/ml2/request-values.ts';
import { badRequest, routedSubnets, type RoutedSubnet } from './attached-subnets.ts';
import { gatewayOwner, type L3 } from './l3.ts';

/** A gateway asked for, of a network that was found to lead outside. */
export interface WantedGateway {
  readonly networkId: string;
  /** As requests name addresses; empty: any. */
  readonly fixedIps: readonly JsonObject[];
  readonly subnets: readonly RoutedSubnet[];
}

/** Reads `external_gateway_info`; undefined for null. Throws as `wantedGateways` does. */
export async function wantedGateway(l3: L3, context: RequestContext, info: Json | undefined): Promise<WantedGateway | undefined> {
  if (!isJsonObject(info)) return undefined;
  const [wanted] = await wantedGateways(l3, context, [info]);
  return wanted;
}

/** In the order of `infos`. Throws NetworkNotFound, or BadRequest for a network that leads nowhere and for the address of its own gateway. */
export async function wantedGateways({ db, core }: L3, context: RequestContext, infos: readonly JsonObject[]): Promise<readonly WantedGateway[]> {
  const ids = [...new Set(infos.map(networkIn))];
  if (ids.length === 0) return [];
  const networks = new Map((await core.networks.list(context, { ...listAll, filters: { id: ids } })).map((network) => [network['id'], network]));
  const subnets = Map.groupBy(await routedSubnets(db, 'network_id', ids), ({ networkId }) => networkId);
  return infos.map((info) => {
    const networkId = networkIn(info);
    const network = networks.get(networkId);
    if (network === undefined) throw new NeutronError(NetworkNotFound, { net_id: networkId });
    if (network['router:external'] !== true) throw badRequest(`Network ${networkId} is not an external network`);
    const own = subnets.get(networkId) ?? [];
    const fixedIps = objectsOf(optionalList(info, 'external_fixed_ips') ?? []);
    for (const address of fixedIps.map((fixedIp) => optionalText(fixedIp, 'ip_address'))) {
      if (address !== undefined && own.some(({ gatewayIp }) => gatewayIp === address)) throw badRequest(`External IP ${address} is the same as the gateway IP`);
    }
    return { networkId, fixedIps, subnets: own };
  });
}

/** What a gateway says of itself, or the default: also where there is none. */
export function snatOf(info: Json | undefined, otherwise: boolean): 0 | 1 {
  return booleanOf(isJsonObject(info) ? info : {}, 'enable_snat', otherwise) ? 1 : 0;
}

function networkIn(info: JsonObject): string {
  return textOf(info, 'network_id', '');
}

/** The port that a router gets outside: it belongs to no project, as nobody is to see it. */
export function gatewayPort(routerId: string, { networkId, fixedIps }: Pick<WantedGateway, 'networkId' | 'fixedIps'>): JsonObject {
  return {
    name: '', project_id: '', network_id: networkId, admin_state_up: true, device_id: routerId, device_owner: gatewayOwner,
    ...(fixedIps.length > 0 && { fixed_ips: fixedIps }),
  };
}
