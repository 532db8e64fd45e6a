import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { parseCidr } from '@neutrino/lib/net/cidr';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { routerRevisionsMethod } from '@neutrino/lib/rpc/router-revisions';
import type { RouterFloatingIp, RouterInfo, RouterPort, RouterSubnet } from '@neutrino/lib/rpc/router-payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import { NoSuchMethod } from '@neutrino/runtime/rpc/dispatch';

export const L3_HOST = 'test-host';

/** A server that knows the routers that the test gives it and answers the L3 agent's calls from those. */
export interface L3ScriptedServer {
  readonly routers: Map<string, RouterInfo>;
  /** Port forwardings as objects, by id. */
  readonly forwardings: Map<string, JsonObject>;
  readonly reports: JsonObject[];
  /** Status by floating IP, as the agent told it. */
  readonly statuses: Map<string, string>;
  /** State by highly available router, as the agent told it. */
  readonly haStates: Map<string, string>;
  /** Calls of `sync_routers` so far. */
  readonly asked: (readonly string[])[];
  /** Whether it tells revisions of routers, as Neutron's server does not. */
  tellsRevisions: boolean;
  /** Whether it answers only with errors. */
  isAway: boolean;
  /** Gives the router to the agent, or tells it of the change. */
  put(router: RouterInfo): Promise<void>;
  delete(routerId: string): Promise<void>;
  /** Tells the agents that keep such of an object, as a server does. */
  push(type: string, version: string, data: JsonObject): Promise<void>;
}

export async function l3ScriptedServer(transport: Transport): Promise<L3ScriptedServer> {
  const routers = new Map<string, RouterInfo>();
  const forwardings = new Map<string, JsonObject>();
  const reports: JsonObject[] = [];
  const statuses = new Map<string, string>();
  const haStates = new Map<string, string>();
  const asked: (readonly string[])[] = [];
  const cast = (method: string, args: JsonObject): Promise<void> => transport.cast({}, { topic: topics.l3Agent, server: L3_HOST, version: '1.1' }, method, args);
  const scripted: L3ScriptedServer = {
    tellsRevisions: false,
    isAway: false,
    routers,
    forwardings,
    reports,
    statuses,
    haStates,
    asked,
    async put(router) {
      routers.set(router.id, router);
      await cast('routers_updated', { routers: [router.id] });
    },
    async delete(routerId) {
      routers.delete(routerId);
      await cast('router_deleted', { router_id: routerId });
    },
    push: (type, version, data) => transport.cast({}, { topic: `neutron-vo-${type}-${version}`, fanout: true, version: '1.1' }, 'push', { resource_list: [object(type, version, data)], event_type: 'updated' }),
  };
  await transport.listen({
    topic: topics.plugin,
    server: 'server',
    endpoints: [{
      version: '1.1',
      methods: {
        bulk_pull: (_context, args) => {
          const { floatingip_id: ids } = args['filter_kwargs'] as { floatingip_id: readonly string[] };
          return [...forwardings.values()].filter((each) => ids.includes(String(each['floatingip_id']))).map((data) => object(String(args['resource_type']), String(args['version']), data));
        },
      },
    }],
  });
  await transport.listen({
    topic: topics.l3Plugin,
    server: 'server',
    endpoints: [{
      version: '1.12',
      methods: {
        get_router_ids: () => {
          if (scripted.isAway) throw new Error('the server is away');
          return [...routers.keys()];
        },
        sync_routers: (_context, args) => {
          const ids = args['router_ids'] as readonly string[];
          asked.push(ids);
          return ids.flatMap((id) => {
            const found = routers.get(id);
            return found === undefined ? [] : [{ ...found, ...(scripted.tellsRevisions && { _revision: JSON.stringify(found) }) }];
          }) as unknown as Json;
        },
        [routerRevisionsMethod]: () => {
          if (!scripted.tellsRevisions) throw new NoSuchMethod(routerRevisionsMethod);
          return Object.fromEntries([...routers].map(([id, router]) => [id, JSON.stringify(router)]));
        },
        update_ha_routers_states: (_context, args) => {
          for (const [id, state] of Object.entries(args['states'] as Record<string, string>)) haStates.set(id, state);
          return null;
        },
        update_floatingip_statuses: (_context, args) => {
          for (const [id, status] of Object.entries(args['fip_statuses'] as Record<string, string>)) statuses.set(id, status);
          return null;
        },
      },
    }],
  });
  await transport.listen({
    topic: topics.reports,
    server: 'server',
    endpoints: [{ version: '1.4', methods: { report_state: (_context, args) => (reports.push(args['agent_state'] as JsonObject), 'alive') } }],
  });
  return scripted;
}

function object(type: string, version: string, data: JsonObject): JsonObject {
  return { 'versioned_object.name': type, 'versioned_object.namespace': 'versionedobjects', 'versioned_object.version': version, 'versioned_object.data': data };
}

export function subnet(cidr: string, options: Partial<RouterSubnet> = {}): RouterSubnet {
  return { id: randomUUID(), cidr, gateway_ip: null, dns_nameservers: [], ipv6_ra_mode: null, ...options };
}

/** A router's port with these addresses, each in the subnet at the same place. */
export function routerPort(subnets: readonly RouterSubnet[], addresses: readonly string[], options: Partial<RouterPort> = {}): RouterPort {
  const id = options.id ?? randomUUID();
  return {
    id,
    network_id: randomUUID(),
    mac_address: `fa:16:3e:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4, 6)}`,
    admin_state_up: true,
    mtu: 1450,
    fixed_ips: addresses.map((ip_address, at) => ({ subnet_id: subnets[at]?.id ?? '', ip_address, prefixlen: parseCidr(subnets[at]?.cidr ?? '')?.prefixLength ?? 0 })),
    subnets,
    extra_subnets: [],
    address_scopes: { 4: null, 6: null },
    ...options,
  };
}

export function floatingIp(floating: string, fixed: string, options: Partial<RouterFloatingIp> = {}): RouterFloatingIp {
  return { id: randomUUID(), floating_ip_address: floating, fixed_ip_address: fixed, fixed_ip_address_scope: null, status: 'DOWN', ...options };
}

export function router(options: Partial<RouterInfo> = {}): RouterInfo {
  return { id: randomUUID(), admin_state_up: true, routes: [], ...options };
}
