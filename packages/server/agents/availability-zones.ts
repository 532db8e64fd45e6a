import { AvailabilityZoneNotFound } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { ListQuery, ResourceHandler } from '../api/resource-handler.ts';
import type { Db } from '../db/types.ts';
import { agentTypes, type AgentRow } from './agent-views.ts';

/** What is placed in zones, by the type of the agents that serve it. */
const resources: Readonly<Record<string, string>> = { [agentTypes.dhcp]: 'network', [agentTypes.l3]: 'router' };

/**
 * Zones exist by what agents say: `{name, resource: "network" | "router", state}`, "available" where one of the
 * zone's agents is administratively up. They have no id; a page's marker is a name.
 */
export function createAvailabilityZoneHandler(db: Db): ResourceHandler {
  const zones = async () => zonesOf(await db.selectFrom('agents').selectAll().execute());
  return {
    async list(_context, query) {
      return page(await zones(), query);
    },
    async get(_context, name) {
      const zone = (await zones()).find((each) => each.name === name);
      if (zone === undefined) throw new NeutronError(AvailabilityZoneNotFound, { availability_zone: name });
      return zone;
    },
  };
}

interface Zone extends JsonObject {
  readonly name: string;
  readonly resource: string;
  readonly state: 'available' | 'unavailable';
}

function zonesOf(rows: readonly AgentRow[]): readonly Zone[] {
  const zones = new Map<string, Zone>();
  for (const { agent_type, availability_zone: name, admin_state_up } of rows) {
    const resource = resources[agent_type];
    if (resource === undefined || name === null) continue;
    const key = JSON.stringify([name, resource]);
    const state = admin_state_up === 1 || zones.get(key)?.state === 'available' ? 'available' : 'unavailable';
    zones.set(key, { name, resource, state });
  }
  return [...zones.values()];
}

function page(zones: readonly Zone[], query: ListQuery): readonly Zone[] {
  const matching = zones.filter((zone) => Object.entries(query.filters).every(([key, values]) => !(key in zone) || values.includes(zone[key] ?? null)));
  const sorted = matching.toSorted((a, b) => compare(a, b, query));
  if (query.pageReverse) sorted.reverse();
  const start = query.marker === undefined ? 0 : sorted.findIndex(({ name }) => name === query.marker) + 1;
  const cut = sorted.slice(start, query.limit === undefined ? undefined : start + query.limit);
  return query.pageReverse ? cut.reverse() : cut;
}

function compare(a: Zone, b: Zone, query: ListQuery): number {
  for (const { key, direction } of [...query.sorts, { key: 'name', direction: 'asc' }, { key: 'resource', direction: 'asc' }]) {
    const [left, right] = [String(a[key]), String(b[key])];
    if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1);
  }
  return 0;
}
