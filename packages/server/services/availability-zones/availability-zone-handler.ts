import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { AvailabilityZoneNotFound } from '@neutrino/lib/exceptions/network';
import type { JsonObject } from '@neutrino/lib/json';
import type { ListQuery, ResourceHandler } from '../../api/resource-handler.ts';
import type { Db } from '../../db/types.ts';

/** What agents of a type make a zone a zone of. */
const zoneResources: Readonly<Record<string, string>> = { 'DHCP agent': 'network', 'L3 agent': 'router' };

/** Zones are not stored: they are where agents say they stand. One is available as long as one of its agents is not switched off. */
export function createAvailabilityZoneHandler({ db }: { readonly db: Db }): ResourceHandler {
  return {
    async list(_context, query) {
      const rows = await db
        .selectFrom('agents')
        .select(['agent_type', 'availability_zone', 'admin_state_up'])
        .where('agent_type', 'in', Object.keys(zoneResources))
        .where('availability_zone', 'is not', null)
        .orderBy('availability_zone')
        .execute();
      const zones = Map.groupBy(rows, ({ agent_type, availability_zone }) => JSON.stringify([availability_zone, zoneResources[agent_type]]));
      const all = [...zones].map(([key, agents]): JsonObject => {
        const [name, resource] = JSON.parse(key) as [string, string];
        return { name, resource, state: agents.some(({ admin_state_up }) => admin_state_up === 1) ? 'available' : 'unavailable' };
      });
      return page(all.filter((zone) => Object.entries(query.filters).every(([attribute, values]) => values.includes(zone[attribute] ?? null))), query);
    },

    get(_context, id) {
      return Promise.reject(new NeutronError(AvailabilityZoneNotFound, { availability_zone: id }));
    },
  };
}

/** A zone has no id of its own (a name may be there for networks and for routers), so its pages have no markers. */
function page(zones: readonly JsonObject[], { limit, marker, pageReverse, sorts }: ListQuery): readonly JsonObject[] {
  if (marker !== undefined) throw new NeutronError(BadRequest, { resource: 'marker', msg: 'availability zones have no ids to mark a page by' });
  const ordered = zones.toSorted((a, b) => {
    for (const { key, direction } of sorts) {
      const [left, right] = [String(a[key] ?? ''), String(b[key] ?? '')];
      if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1);
    }
    return 0;
  });
  if (limit === undefined) return ordered;
  return pageReverse ? ordered.slice(-limit) : ordered.slice(0, limit);
}
