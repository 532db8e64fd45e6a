import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { canonicalIp } from '@neutrino/lib/net/ip';
import { canonicalMac } from '@neutrino/lib/net/mac';
import { floodingEntry } from '@neutrino/lib/rpc/forwarding-entries';

/** What is behind the tunnels of one network. */
export interface NetworkForwarding {
  /** Ends of tunnels that get what is sent to all. */
  readonly flooded: ReadonlySet<string>;
  /** MAC address → the end of the tunnel behind which it is. */
  readonly ends: ReadonlyMap<string, string>;
  /** IP address → MAC address, for whoever asks. */
  readonly neighbours: ReadonlyMap<string, string>;
}

/**
 * What the server has told of the tunnels of this host's networks, in messages that each change something. What the kernel has
 * from an earlier run is taken in first: only what is told to be gone is removed, or what a server that tells all does not tell of.
 */
export interface ForwardingTable {
  /** Arguments `fdb_entries` of the messages. Networks for which `isOurs` is false are passed over, and so are ends on this host. */
  readonly add: (entries: Json | undefined) => void;
  readonly remove: (entries: Json | undefined) => void;
  readonly update: (entries: Json | undefined) => void;
  /** Of these networks, `entries` is all that there is: what else was known of them goes. */
  readonly replace: (networkIds: Iterable<string>, entries: Json | undefined) => void;
  /** What the kernel has of a network that nothing is known of yet. */
  readonly adopt: (networkId: string, found: NetworkForwarding) => void;
  readonly of: (networkId: string) => NetworkForwarding | undefined;
  readonly retain: (networkIds: ReadonlySet<string>) => void;
}

interface Known {
  readonly flooded: Set<string>;
  readonly ends: Map<string, string>;
  readonly neighbours: Map<string, string>;
  adopted: boolean;
}

export function forwardingTable(localIp: string, isOurs: (networkId: string) => boolean): ForwardingTable {
  const networks = new Map<string, Known>();
  const local = canonicalIp(localIp);

  const known = (networkId: string): Known => {
    const network = networks.get(networkId) ?? { flooded: new Set(), ends: new Map(), neighbours: new Map(), adopted: false };
    networks.set(networkId, network);
    return network;
  };
  const eachTravelling = (entries: Json | undefined, visit: (network: Known, mac: string, ip: string) => void): void => {
    for (const [networkId, { travelling }] of objects(entries)) {
      if (isOurs(networkId)) for (const [mac, ip] of pairs(travelling)) visit(known(networkId), mac, ip);
    }
  };
  /** Each entry of `ports: { end: [[mac, ip], …] }`. */
  const eachEntry = (entries: Json | undefined, visit: (network: Known, end: string, mac: string, ip: string) => void): void => {
    for (const [networkId, { ports }] of objects(entries)) {
      if (!isOurs(networkId) || !isJsonObject(ports)) continue;
      for (const [address, list] of Object.entries(ports)) {
        const end = canonicalIp(address);
        if (end === undefined || end === local) continue;
        for (const [mac, ip] of pairs(list)) visit(known(networkId), end, mac, ip);
      }
    }
  };

  const add: ForwardingTable['add'] = (entries) => {
    eachTravelling(entries, ({ ends, neighbours }, mac, ip) => {
      // A server that did not know that it travels may have said where it is.
      ends.delete(mac);
      neighbours.set(ip, mac);
    });
    eachEntry(entries, ({ flooded, ends, neighbours }, end, mac, ip) => {
      if (mac === floodingEntry[0]) {
        flooded.add(end);
        return;
      }
      ends.set(mac, end);
      neighbours.set(ip, mac);
    });
  };

  return {
    add,
    remove(entries) {
      eachTravelling(entries, ({ neighbours }, mac, ip) => {
        if (neighbours.get(ip) === mac) neighbours.delete(ip);
      });
      eachEntry(entries, ({ flooded, ends, neighbours }, end, mac, ip) => {
        if (mac === floodingEntry[0]) {
          flooded.delete(end);
          return;
        }
        // It has moved on, and that was told first. Of several addresses the first took the end away.
        if (![end, undefined].includes(ends.get(mac))) return;
        ends.delete(mac);
        if (neighbours.get(ip) === mac) neighbours.delete(ip);
      });
    },
    update(entries) {
      if (!isJsonObject(entries)) return;
      for (const [networkId, changes] of objects(entries['chg_ip'])) {
        if (!isOurs(networkId)) continue;
        const { neighbours } = known(networkId);
        for (const [address, { before, after }] of objects(changes)) {
          if (canonicalIp(address) === local) continue;
          for (const [mac, ip] of pairs(before)) if (neighbours.get(ip) === mac) neighbours.delete(ip);
          for (const [mac, ip] of pairs(after)) neighbours.set(ip, mac);
        }
      }
    },
    replace(networkIds, entries) {
      for (const id of networkIds) networks.set(id, { flooded: new Set(), ends: new Map(), neighbours: new Map(), adopted: true });
      add(entries);
    },
    adopt(networkId, found) {
      const network = known(networkId);
      if (network.adopted) return;
      network.adopted = true;
      for (const end of found.flooded) network.flooded.add(end);
      for (const [mac, end] of found.ends) if (!network.ends.has(mac)) network.ends.set(mac, end);
      for (const [ip, mac] of found.neighbours) if (!network.neighbours.has(ip)) network.neighbours.set(ip, mac);
    },
    of: (networkId) => networks.get(networkId),
    retain(networkIds) {
      for (const id of networks.keys()) if (!networkIds.has(id)) networks.delete(id);
    },
  };
}

function objects(value: Json | undefined): readonly (readonly [string, JsonObject])[] {
  return isJsonObject(value) ? Object.entries(value).flatMap(([key, each]) => (isJsonObject(each) ? [[key, each] as const] : [])) : [];
}

/** Malformed entries are left out. */
function pairs(value: Json | undefined): readonly (readonly [mac: string, ip: string])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const [mac, ip] = Array.isArray(entry) ? entry.map((part) => (typeof part === 'string' ? part : '')) : [];
    const [canonical, address] = [canonicalMac(mac ?? ''), canonicalIp(ip ?? '')];
    return canonical === undefined || address === undefined ? [] : [[canonical, address] as const];
  });
}
