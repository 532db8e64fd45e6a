import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { routerRevisionsMethod, type RouterRevisions } from '@neutrino/lib/rpc/router-revisions';
import { topics } from '@neutrino/lib/rpc/topics';
import { isUnknownMethod } from '../rpc/unknown-method.ts';

export type FloatingIpStatus = 'ACTIVE' | 'DOWN' | 'ERROR';

/** What the L3 agent asks of the server. */
export interface L3PluginRpc {
  /** The routers that this host is to have; those that nobody has yet become its own. */
  getRouterIds(): Promise<readonly string[]>;
  /** Of those asked for, the ones that this host is to have and that are not switched off. */
  syncRouters(ids: readonly string[]): Promise<readonly RouterInfo[]>;
  /** Objects of a type, in the version asked for, that have one of the values in each of the fields. */
  bulkPull(type: string, version: string, filters: Readonly<Record<string, readonly string[]>>): Promise<readonly Json[]>;
  /** Which copies of highly available routers are active here, and which are not. */
  updateHaStates(states: ReadonlyMap<string, 'active' | 'standby'>): Promise<void>;
  updateFloatingIpStatuses(routerId: string, statuses: ReadonlyMap<string, FloatingIpStatus>): Promise<void>;
  /** What the server has the routers of this host in; undefined where it does not tell, as Neutron's does not. */
  getRouterRevisions(): Promise<RouterRevisions | undefined>;
}

/** The calls, as `host`. They reject as soon as `stopping` is aborted, not when the server has answered. */
export function l3PluginRpc(transport: Transport, host: string, stopping: AbortSignal): L3PluginRpc {
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  stopping.addEventListener('abort', () => stopped.reject(new Error('the agent is stopping')));
  const call = (version: string, method: string, args: JsonObject, topic: string = topics.l3Plugin): Promise<Json> =>
    Promise.race([stopped.promise, transport.call({}, { topic, version }, method, args)]);
  return {
    getRouterIds: async () => (await call('1.9', 'get_router_ids', { host })) as readonly string[],
    syncRouters: async (ids) => (await call('1.0', 'sync_routers', { host, router_ids: ids })) as unknown as readonly RouterInfo[],
    bulkPull: async (type, version, filters) => (await call('1.1', 'bulk_pull', { resource_type: type, version, filter_kwargs: filters }, topics.plugin)) as readonly Json[],
    updateHaStates: async (states) => {
      await call('1.5', 'update_ha_routers_states', { host, states: Object.fromEntries(states) });
    },
    updateFloatingIpStatuses: async (routerId, statuses) => {
      await call('1.1', 'update_floatingip_statuses', { router_id: routerId, fip_statuses: Object.fromEntries(statuses) });
    },
    async getRouterRevisions() {
      try {
        return (await call('1.0', routerRevisionsMethod, { host })) as RouterRevisions;
      } catch (error) {
        if (isUnknownMethod(error)) return undefined;
        throw error;
      }
    },
  };
}
