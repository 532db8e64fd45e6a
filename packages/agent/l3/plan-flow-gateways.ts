import type { EtherType } from '@neutrino/lib/rpc/payloads';
import { EXTERNAL_PREFIX } from './device-names.ts';
import { chosenMark, GATEWAY_MASK } from './gateway-numbers.ts';

/** What the rules need of a gateway. */
export interface FlowGateway {
  readonly device: string;
  readonly number: number;
  /** To which flows through it are translated. */
  readonly address: string | undefined;
  /** Addresses inside whose flows leave by it, the first choice first, and addresses of the router of which ports lead inside. */
  readonly chosenBy: readonly string[];
  readonly forwarding: readonly string[];
}

export interface FlowGatewayRules {
  /** For all that comes in, before it is routed. */
  readonly incoming: readonly string[];
  /** For all that leaves. */
  readonly outgoing: readonly string[];
}

const mask = hex(GATEWAY_MASK);
const unseen = `-m connmark --mark 0x0/${mask}`;
const seenAt = (number: number): string => `-j CONNMARK --set-xmark ${hex(number)}/${mask}`;

/**
 * How flows keep to their gateways: the gateway at which the first packet of a flow is seen, whichever way that goes, is written into the flow's mark. What
 * comes from inside has the flow's mark as its own, by which it is routed (`plan-rules.ts`). What comes from outside goes by the routes.
 */
export function flowGatewayRules(family: EtherType, gateways: readonly FlowGateway[]): FlowGatewayRules {
  const v4 = family === 'IPv4' ? gateways : [];
  const [first] = gateways;
  const choices = new Map(v4.toReversed().flatMap(({ number, chosenBy }) => chosenBy.map((address) => [address, number] as const)));
  return {
    incoming: [
      ...gateways.map(({ device, number }) => `-i ${device} ${unseen} ${seenAt(number)}`),
      // What there is to be said of a packet is said by the gateway by which it came. In IPv4 the address that says it sees to that.
      ...(family === 'IPv4' ? [] : gateways.map(({ device, number }) => `-i ${device} -j MARK --set-xmark ${hex(chosenMark(number))}/${mask}`)),
      `-i ${EXTERNAL_PREFIX}+ -j RETURN`,
      // Flows of when there was one gateway are known by what they are translated to, or were sent to. Those that are both stay inside.
      ...v4.flatMap(({ number, address, forwarding }) => [
        ...(address === undefined ? [] : [`${unseen} -m conntrack ! --ctstate DNAT --ctrepldst ${address} ${seenAt(number)}`]),
        ...forwarding.map((each) => `${unseen} -m conntrack ! --ctstate SNAT --ctorigdst ${each} ${seenAt(number)}`),
      ]),
      `-m connmark ! --mark 0x0/${mask} -j CONNMARK --restore-mark --nfmask ${mask} --ctmask ${mask}`,
      `-m mark ! --mark 0x0/${mask} -j RETURN`,
      ...[...choices].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([address, number]) => `-s ${address}/32 -j MARK --set-xmark ${hex(chosenMark(number))}/${mask}`),
      // And those that are not translated, by being none that begin; unless they stay inside, where the routes lead them.
      ...(first === undefined ? [] : [`-m mark --mark 0x0/${mask} -m conntrack --ctstate RELATED,ESTABLISHED -j MARK --set-xmark ${hex(chosenMark(first.number))}/${mask}`]),
    ],
    outgoing: gateways.map(({ device, number }) => `-o ${device} ${unseen} ${seenAt(number)}`),
  };
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}
