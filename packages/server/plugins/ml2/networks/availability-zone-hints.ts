import { AvailabilityZoneNotFound } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { AgentDirectory } from '../agent-directory.ts';
import { optionalList, textsOf } from '../request-values.ts';

export function availabilityZoneHints(body: JsonObject): readonly string[] {
  return textsOf(optionalList(body, 'availability_zone_hints') ?? []);
}

/** Throws AvailabilityZoneNotFound where no agent of that type is in a zone that one of the objects hints at. */
export async function checkZonesExist(agents: AgentDirectory, type: string, bodies: readonly JsonObject[]): Promise<void> {
  const hints = new Set(bodies.flatMap(availabilityZoneHints));
  if (hints.size === 0) return;
  const zones = new Set((await agents.agents(type, { current: true })).map((agent) => agent.availability_zone));
  for (const hint of hints) {
    if (!zones.has(hint)) throw new NeutronError(AvailabilityZoneNotFound, { availability_zone: hint });
  }
}
