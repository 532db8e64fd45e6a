import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import type { Logger } from 'pino';
import { ensureDhcpPort } from './dhcp-port.ts';
import type { Retries } from '../reconcile/retries.ts';
import type { NetworkService } from './network-service.ts';
import type { DhcpPluginRpc } from './plugin-rpc.ts';
import type { ReadyPorts } from './ready-ports.ts';
import { isServed } from './served-network.ts';

/**
 * What this host is to serve, and what is known to be out of date. The methods that take note of a message
 * return the id of the network that now needs a pass, or undefined where none does.
 */
export interface ServedNetworks {
  changed(networkId: string): string;
  removed(networkId: string): string | undefined;
  /** Something in the network changed, if it is served here. */
  touched(networkId: string): string | undefined;
  portChanged(networkId: string, portId: string): string | undefined;
  /** Every network is to be compared with the kernel. */
  verifyAll(): readonly string[];
  beginFetch(): NetworksFetch;
  /** One pass over one network; never rejects. */
  pass(networkId: string): Promise<void>;
  /** The networks as they were served last. */
  current(): readonly DhcpNetwork[];
}

/** A full answer of the server is on its way. What is noted meanwhile is newer than it. */
export interface NetworksFetch {
  /** Takes the answer, and the ids of networks of which something is left on this host. Returns the ids that need a pass. */
  end(active: readonly DhcpNetwork[], left: readonly string[]): readonly string[];
}

export interface ServedNetworksOptions {
  readonly rpc: DhcpPluginRpc;
  readonly service: NetworkService;
  readonly ready: ReadyPorts;
  readonly deviceId: (networkId: string) => string;
  /** Asks for another pass after a failure, in a while. */
  readonly retries: Retries;
  readonly log: Logger;
}

interface NetworkState {
  /** The server gives the network to this host. */
  hosted: boolean;
  fetch: boolean;
  verify: boolean;
  /** From a full answer, still to be applied. */
  fetched: DhcpNetwork | undefined;
  served: DhcpNetwork | undefined;
  /** Ports whose readiness the server waits for. */
  awaited: Set<string>;
  /** What readiness was reported for, by port. */
  reported: ReadonlyMap<string, string>;
}

export function createServedNetworks(options: ServedNetworksOptions): ServedNetworks {
  const { rpc, service, log } = options;
  const states = new Map<string, NetworkState>();
  /** Networks that messages named since the current fetch began. */
  const newer = new Set<string>();
  /** Those of them of which messages said whether they are this host's. */
  const decided = new Set<string>();

  const stateOf = (networkId: string): NetworkState => {
    const state = states.get(networkId) ?? {
      hosted: false, fetch: false, verify: false, fetched: undefined, served: undefined, awaited: new Set(), reported: new Map(),
    };
    states.set(networkId, state);
    return state;
  };

  const touched = (networkId: string): string | undefined => {
    newer.add(networkId);
    const state = states.get(networkId);
    if (state?.hosted !== true) return undefined;
    state.fetch = true;
    state.fetched = undefined;
    return networkId;
  };

  const remove = async (networkId: string): Promise<void> => {
    if (await service.remove(networkId)) {
      await rpc.releaseDhcpPort(networkId, options.deviceId(networkId));
      service.forget(networkId);
      log.info({ network: networkId }, 'DHCP removed');
    }
  };

  const serve = async (networkId: string, state: NetworkState, verify: boolean, current: DhcpNetwork | null): Promise<void> => {
    if (current === null || !isServed(current)) {
      await remove(networkId);
      state.served = undefined;
      state.reported = new Map();
      if (current === null && !state.fetch) states.delete(networkId);
      return;
    }
    const [{ network, port }] = await both(ensureDhcpPort(rpc, current, options.deviceId(networkId)), service.prepare(networkId));
    const steps = await service.apply(network, port, verify);
    state.served = network;
    if (steps.length > 0) log.info({ network: networkId, steps }, 'DHCP brought up to date');
    options.ready.add(portsToReport(network, state));
  };

  return {
    changed(networkId) {
      stateOf(networkId).hosted = true;
      decided.add(networkId);
      touched(networkId);
      return networkId;
    },
    removed(networkId) {
      newer.add(networkId);
      decided.add(networkId);
      const state = states.get(networkId);
      if (state === undefined) return undefined;
      state.hosted = false;
      return networkId;
    },
    touched,
    portChanged(networkId, portId) {
      const id = touched(networkId);
      if (id !== undefined) states.get(id)?.awaited.add(portId);
      return id;
    },
    verifyAll() {
      for (const state of states.values()) state.verify = true;
      return [...states.keys()];
    },
    beginFetch() {
      newer.clear();
      decided.clear();
      return {
        end(active, left) {
          const ids = new Set(active.map((network) => network.id));
          for (const network of active) {
            const state = stateOf(network.id);
            const superseded = newer.has(network.id);
            if (!decided.has(network.id)) state.hosted = true;
            state.verify = true;
            state.fetch = superseded;
            state.fetched = superseded ? undefined : network;
          }
          for (const networkId of left) stateOf(networkId);
          for (const [networkId, state] of states) {
            if (!ids.has(networkId) && !decided.has(networkId)) state.hosted = false;
          }
          return [...states.keys()];
        },
      };
    },
    async pass(networkId) {
      const state = states.get(networkId);
      if (state === undefined) return;
      const { fetch, verify, fetched } = state;
      Object.assign(state, { fetch: false, verify: false, fetched: undefined });
      try {
        if (!state.hosted) {
          await remove(networkId);
          options.retries.succeeded(networkId);
          if (!state.hosted) states.delete(networkId);
          return;
        }
        const known = fetched ?? (fetch ? undefined : state.served);
        await serve(networkId, state, verify, known ?? (await rpc.getNetworkInfo(networkId)));
        options.retries.succeeded(networkId);
      } catch (error) {
        Object.assign(state, { fetch: true, verify: true });
        log.warn({ err: error, network: networkId }, 'a pass over the network failed; it is repeated');
        options.retries.later(networkId, error);
      }
    },
    current: () => [...states.values()].flatMap((state) => (state.served === undefined ? [] : [state.served])),
  };
}

/** As Promise.all, but it rejects only when both have ended: what goes on is not to meet the next pass. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** Ports that a message named, and those whose DHCP is not what was reported before. */
function portsToReport(network: DhcpNetwork, state: NetworkState): readonly string[] {
  const subnets = network.subnets.map((subnet) => subnet.id);
  const facts = (port: DhcpPort): string => JSON.stringify([port.mac_address, port.fixed_ips, port.extra_dhcp_opts, subnets]);
  const current = new Map(network.ports.map((port) => [port.id, facts(port)]));
  const changed = [...current.keys()].filter((id) => state.awaited.has(id) || state.reported.get(id) !== current.get(id));
  state.awaited = new Set();
  state.reported = current;
  return changed;
}
