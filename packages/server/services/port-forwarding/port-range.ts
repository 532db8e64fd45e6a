import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';

/** From its first port to its last; of a single port the two are the same. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export type Side = 'external' | 'internal';

/** What a body says of one side, as a port or as a range; undefined where it says nothing. Throws BadRequest where it says two things. */
export function rangeIn(body: JsonObject, side: Side): PortRange | undefined {
  const [single, range] = [body[`${side}_port`] ?? undefined, body[`${side}_port_range`] ?? undefined].map((value) => (value === undefined ? undefined : parseRange(String(value))));
  if (single !== undefined && range !== undefined && formatRange(single) !== formatRange(range)) {
    throw badForwarding(`${side}_port ${single.first} is not ${side}_port_range ${formatRange(range)}`);
  }
  return single ?? range;
}

/** Each port outside leads to one inside: to its own, or all to the same. Throws BadRequest. */
export function checkRelation(external: PortRange, internal: PortRange): void {
  const several = internal.last - internal.first;
  if (several === 0 || several === external.last - external.first) return;
  throw badForwarding('Invalid ranges of internal and/or external ports. The relation between internal and external ports must be N-N or 1-N');
}

export function rangesOverlap(one: PortRange, other: PortRange): boolean {
  return Math.max(one.first, other.first) <= Math.min(one.last, other.last);
}

export function formatRange({ first, last }: PortRange): string {
  return `${first}:${last}`;
}

/** "80" or "80:90"; both ends are ports. */
export function parseRange(text: string): PortRange {
  const [first = 0, last = first] = text.split(':').map(Number);
  return { first, last };
}

export function badForwarding(message: string): NeutronError {
  return new NeutronError(BadRequest, { resource: 'port_forwarding', msg: message });
}
