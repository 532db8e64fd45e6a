/** Neutron's range: below are the zones of others on the host, above is the kernel's limit. */
const firstZone = 4097;
const lastZone = 65_535;

/**
 * A connection tracking zone for each bridge. A bridge keeps the zone that the kernel's rules already give
 * it, so that flows survive a restart; a new one gets a zone that follows from its name, so that it most
 * likely gets the same after its rules were lost. Throws a RangeError when all zones are taken.
 */
export function planZones(bridges: Iterable<string>, current: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const wanted = [...new Set(bridges)].sort();
  const zones = new Map<string, number>();
  const taken = new Set<number>();
  for (const bridge of wanted) {
    const zone = current.get(bridge);
    if (zone === undefined || taken.has(zone) || zone < firstZone || zone > lastZone) continue;
    zones.set(bridge, zone);
    taken.add(zone);
  }
  for (const bridge of wanted) {
    if (zones.has(bridge)) continue;
    const zone = freeZone(bridge, taken);
    zones.set(bridge, zone);
    taken.add(zone);
  }
  return zones;
}

function freeZone(bridge: string, taken: ReadonlySet<number>): number {
  const count = lastZone - firstZone + 1;
  let hash = 0;
  for (const character of bridge) hash = (hash * 31 + character.charCodeAt(0)) % count;
  for (let offset = 0; offset < count; offset++) {
    const zone = firstZone + ((hash + offset) % count);
    if (!taken.has(zone)) return zone;
  }
  throw new RangeError('no connection tracking zone is left');
}
