import { isJsonObject, type Json } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';

/** What a notification of the server means here. Its contents are not used: the state is asked for. */
export interface L3NotificationHandlers {
  routersChanged(routerIds: readonly string[]): void;
  /** It is gone, or another host has it now. */
  routerRemoved(routerId: string): void;
  /** Something about a network has changed, perhaps its MTU. */
  networkChanged(networkId: string): void;
  /** The agent was enabled or disabled: what it has is to be asked for again. */
  agentUpdated(): void;
}

/** The methods that Neutron's server calls on topic `l3_agent`. */
export function l3NotificationEndpoint(handlers: L3NotificationHandlers): Endpoint {
  return {
    version: '1.4',
    methods: {
      routers_updated: (_context, args) => {
        handlers.routersChanged(routerIds(args['routers']));
        return null;
      },
      router_deleted: (_context, args) => {
        handlers.routerRemoved(uuid(args['router_id']));
        return null;
      },
      router_added_to_agent: (_context, args) => {
        handlers.routersChanged(routerIds(args['payload']));
        return null;
      },
      router_removed_from_agent: (_context, args) => {
        const { payload } = args;
        handlers.routerRemoved(uuid(isJsonObject(payload) ? payload['router_id'] : undefined));
        return null;
      },
      agent_updated: () => {
        handlers.agentUpdated();
        return null;
      },
    },
  };
}

/** What Neutron's server announces to all agents that have to do with networks. */
export function networkNotificationEndpoint(handlers: Pick<L3NotificationHandlers, 'networkChanged'>): Endpoint {
  return {
    version: '1.5',
    methods: {
      network_update: (_context, { network }) => {
        if (isJsonObject(network) && typeof network['id'] === 'string') handlers.networkChanged(network['id']);
        return null;
      },
    },
  };
}

/** Older servers send the routers themselves. */
function routerIds(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('a list of routers is needed');
  return (value as readonly Json[]).map((each) => uuid(isJsonObject(each) ? each['id'] : each));
}

/** Ids become names of files and namespaces. */
function uuid(value: Json | undefined): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) throw new TypeError('the id of a router must be a UUID');
  return value;
}
