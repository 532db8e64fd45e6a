import type { ForwardingEntry } from '@neutrino/lib/rpc/forwarding-entries';
import type { Db } from '../../../db/types.ts';
import { haInterfaceOwner, haPortOwner } from '../../../services/l3/l3.ts';
import { hostsOfCopies, networksOfRouters, travellingOwners } from '../../queries/tunnel-ports.ts';
import type { PortLeft } from './port-movements.ts';

/** What one host has no more of a network. */
export interface Departure {
  readonly network_id: string;
  readonly host: string;
  readonly entries: readonly ForwardingEntry[];
  /** Of a router that was on several hosts. */
  readonly travelling: readonly ForwardingEntry[];
}

/**
 * What the ports leave. One of a highly available router that only goes to another host leaves nothing, as the copy that it left is still there; one that is
 * deleted leaves all hosts with copies, and a copy that is taken from a host all networks of its router. `placesOf`: hosts that were told of the network.
 */
export async function departures(db: Db, ports: readonly PortLeft[], placesOf: (networkId: string) => readonly string[]): Promise<readonly Departure[]> {
  const routerIds = (owners: readonly string[]): readonly string[] => [...new Set(ports.filter(({ owner }) => owners.includes(owner)).map(({ deviceId }) => deviceId))];
  const [copies, networks] = await Promise.all([hostsOfCopies(db, routerIds(travellingOwners)), networksOfRouters(db, routerIds([haPortOwner]))]);
  return ports.flatMap(({ network_id, host, entries, owner, deviceId, isDeleted }): readonly Departure[] => {
    const travels = owner === haInterfaceOwner || (travellingOwners.includes(owner) && copies.has(deviceId));
    if (travels && !isDeleted) return [];
    if (travels) {
      // The router may have gone since, and its copies with it.
      const hosts = new Set([...(copies.get(deviceId) ?? placesOf(network_id)), host]);
      return [...hosts].map((each) => ({ network_id, host: each, entries: [], travelling: entries }));
    }
    const left = { network_id, host, entries, travelling: [] };
    if (owner !== haPortOwner || !isDeleted) return [left];
    return [left, ...(networks.get(deviceId) ?? []).map((network) => ({ network_id: network, host, entries: [], travelling: [] }))];
  });
}
