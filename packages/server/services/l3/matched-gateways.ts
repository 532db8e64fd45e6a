import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { UnableToMatchGateways } from '@neutrino/lib/exceptions/router';
import { optionalText } from '../../plugins/ml2/request-values.ts';
import type { Attachment } from './attachments.ts';
import type { GatewayChanges } from './change-gateways.ts';
import { differs } from './first-gateway.ts';
import type { WantedGateway } from './wanted-gateway.ts';

/** Gateways have no names: a request means those of a network, and of several there the one that has an address that it gives. */

type Named = Pick<WantedGateway, 'networkId' | 'fixedIps'>;

/** The gateways that are meant, each once. Throws UnableToMatchGateways for what may be several, or is none. */
export function matched(routerId: string, present: readonly Attachment[], named: readonly Named[]): readonly Attachment[] {
  const meant = named.map((each) => {
    const found = meantBy(routerId, present, each);
    if (found === undefined) throw new NeutronError(UnableToMatchGateways, { router_id: routerId });
    return found;
  });
  return [...new Set(meant)];
}

/** What makes `wanted`, in its order, of the gateways that there are. Each of those is one of them at most. */
export function replacement(routerId: string, present: readonly Attachment[], wanted: readonly WantedGateway[]): Omit<GatewayChanges, 'isStillRight'> {
  const kept = new Map<WantedGateway, Attachment>();
  const isFree = (gateway: Attachment): boolean => ![...kept.values()].includes(gateway);
  for (const each of wanted) {
    const found = meantBy(routerId, present, each);
    if (found !== undefined && isFree(found)) kept.set(each, found);
  }
  // As with `external_gateway_info`, the first one gets other addresses rather than another port.
  const [first] = wanted;
  const [now] = present;
  if (first !== undefined && now !== undefined && !kept.has(first) && now.networkId === first.networkId && isFree(now)) kept.set(first, now);
  const placed = wanted.map((gateway, position) => ({ gateway, position, own: kept.get(gateway) }));
  return {
    remove: present.filter(isFree),
    readdress: placed.flatMap(({ gateway: { fixedIps }, own }) => (own !== undefined && differs(own, fixedIps) ? [{ portId: own.portId, fixedIps }] : [])),
    add: placed.flatMap(({ gateway, position, own }) => (own === undefined ? [{ ...gateway, position }] : [])),
    move: new Map(placed.flatMap(({ position, own }) => (own === undefined || own.position === position ? [] : [[own.portId, position]]))),
  };
}

function meantBy(routerId: string, present: readonly Attachment[], { networkId, fixedIps }: Named): Attachment | undefined {
  const there = present.filter((gateway) => gateway.networkId === networkId);
  const meant = fixedIps.length === 0 ? there : there.filter(({ addresses }) => addresses.some((address) => fixedIps.some((fixedIp) => isOf(address, fixedIp))));
  if (meant.length > 1 && !fixedIps.some((fixedIp) => optionalText(fixedIp, 'ip_address') !== undefined)) throw new NeutronError(UnableToMatchGateways, { router_id: routerId });
  return meant[0];
}

function isOf({ ip, subnetId }: Attachment['addresses'][number], fixedIp: Named['fixedIps'][number]): boolean {
  const address = optionalText(fixedIp, 'ip_address');
  return address === undefined ? optionalText(fixedIp, 'subnet_id') === subnetId : address === ip;
}
