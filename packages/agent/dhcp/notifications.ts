import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Endpoint, RpcMethod } from '@neutrino/lib/rpc/messaging';

/** What a notification of the server means here. Its contents are not used: the state is asked for. */
export interface DhcpNotificationHandlers {
  /** The network is (to be) served by this host, or something about it or its subnets has changed. */
  networkChanged(networkId: string): void;
  /** The network is gone, or another host serves it now. */
  networkRemoved(networkId: string): void;
  /** A port has come, gone or changed; matters only where the network is served here. */
  portChanged(networkId: string, portId: string): void;
  /** Matters only where the network is served here. */
  subnetRemoved(networkId: string): void;
  /** The agent was enabled or disabled: what it serves is to be asked for again. */
  agentUpdated(): void;
}

/** The methods that Neutron's server calls on topic `dhcp_agent`. */
export function dhcpNotificationEndpoint(handlers: DhcpNotificationHandlers): Endpoint {
  const network = (payload: JsonObject): void => handlers.networkChanged(uuid(object(payload, 'network'), 'id'));
  const subnet = (payload: JsonObject): void => handlers.networkChanged(uuid(object(payload, 'subnet'), 'network_id'));
  const port = (payload: JsonObject): void => {
    const body = object(payload, 'port');
    handlers.portChanged(uuid(body, 'network_id'), uuid(body, 'id'));
  };
  return {
    version: '1.0',
    methods: {
      network_create_end: withPayload(network),
      network_update_end: withPayload(network),
      network_delete_end: withPayload((payload) => handlers.networkRemoved(uuid(payload, 'network_id'))),
      subnet_create_end: withPayload(subnet),
      subnet_update_end: withPayload(subnet),
      subnet_delete_end: withPayload((payload) => handlers.subnetRemoved(uuid(payload, 'network_id'))),
      port_create_end: withPayload(port),
      port_update_end: withPayload(port),
      port_delete_end: withPayload((payload) => handlers.portChanged(uuid(payload, 'network_id'), uuid(payload, 'port_id'))),
      agent_updated: withPayload(() => handlers.agentUpdated()),
    },
  };
}

function withPayload(handle: (payload: JsonObject) => void): RpcMethod {
  return (_context, args) => {
    handle(object(args, 'payload'));
    return null;
  };
}

function object(from: JsonObject, key: string): JsonObject {
  const value: Json | undefined = from[key];
  if (!isJsonObject(value)) throw new TypeError(`"${key}" must be an object`);
  return value;
}

/** Ids become names of files and devices. */
function uuid(from: JsonObject, key: string): string {
  const value = from[key];
  if (typeof value !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) throw new TypeError(`"${key}" must be a UUID`);
  return value;
}
