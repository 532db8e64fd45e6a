import type { JsonObject } from '@neutrino/lib/json';
import { optionalText } from '../../plugins/ml2/request-values.ts';
import type { Attachment } from './attachments.ts';
import type { GatewayChanges } from './change-gateways.ts';
import type { WantedGateway } from './wanted-gateway.ts';

/**
 * What makes `wanted` the first of a router's gateways, which is all that `external_gateway_info` is about: the others stay, and the next of them
 * takes the place of one that goes. Undefined where nothing is to do.
 */
export function changesOfFirst([first]: readonly Attachment[], wanted: WantedGateway | undefined): GatewayChanges | undefined {
  const isStillRight = ([now]: readonly Attachment[]): boolean => now?.portId === first?.portId;
  if (first === undefined) return wanted === undefined ? undefined : { isStillRight, add: [wanted] };
  if (wanted === undefined) return { isStillRight, remove: [first] };
  if (wanted.networkId !== first.networkId) return { isStillRight, remove: [first], add: [{ ...wanted, position: first.position }] };
  return differs(first, wanted.fixedIps) ? { isStillRight, readdress: [{ portId: first.portId, fixedIps: wanted.fixedIps }] } : undefined;
}

/** Whether the addresses asked for are others than those that the gateway has; none asked for are the ones it has. */
export function differs({ addresses }: Pick<Attachment, 'addresses'>, fixedIps: readonly JsonObject[]): boolean {
  if (fixedIps.length === 0) return false;
  const asked = (name: string): ReadonlySet<string> => new Set(fixedIps.flatMap((fixedIp) => optionalText(fixedIp, name) ?? []));
  const isSame = (some: ReadonlySet<string>, others: readonly string[]): boolean => some.size === new Set(others).size && others.every((each) => some.has(each));
  return !isSame(asked('subnet_id'), addresses.map(({ subnetId }) => subnetId)) || !isSame(asked('ip_address'), addresses.map(({ ip }) => ip));
}
