import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import { TooManyExternalNetworks } from '@neutrino/lib/exceptions/router';
import type { JsonObject } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { listAll } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import type { L3AgentScheduler } from '../../scheduler/l3-agent-scheduler.ts';
import type { L3Plugin } from '../../services/l3/create-l3-plugin.ts';
import { agentContext, objectArgument, textArgument, textsArgument } from '../arguments.ts';
import { agentFilters, onlyFields } from '../filters.ts';

export interface L3Services {
  readonly core: CorePlugin;
  readonly l3: L3Plugin;
  readonly scheduler: L3AgentScheduler;
}

const BOUND_AT_ONCE = 8;

/** What an L3 agent asks and reports. */
export function l3Endpoint({ core, l3, scheduler }: L3Services): Endpoint {
  return {
    version: '1.12',
    methods: {
      async get_router_ids(_context, args) {
        const host = textArgument(args, 'host');
        await scheduler.autoSchedule(host);
        // It is to have all its routers anew.
        await l3.settleFloatingIps();
        return scheduler.routerIdsOfHost(host);
      },

      async sync_routers(context, args) {
        const host = textArgument(args, 'host');
        const asked = textsArgument(args, 'router_ids');
        const scheduled = await scheduler.routerIdsOfHost(host);
        const ids = asked.length === 0 ? scheduled : scheduled.filter((id) => asked.includes(id));
        const routers = await withRevisions(l3, ids);
        const isMoved = await bindPorts(core, agentContext(context), host, routers);
        return isMoved ? withRevisions(l3, ids) : routers;
      },

      // Agents that were told of an external bridge serve the one network that it leads to.
      async get_external_network_id(context) {
        const [first, ...others] = await core.networks.list(agentContext(context), { ...listAll, filters: { 'router:external': [true] } });
        if (others.length > 0) throw new NeutronError(TooManyExternalNetworks);
        return first === undefined ? null : String(first['id']);
      },

      async get_ports_by_subnet(context, args) {
        const ports = await core.ports.list(agentContext(context), { ...listAll, filters: { fixed_ips: [`subnet_id=${textArgument(args, 'subnet_id')}`] } });
        return ports.filter((port) => !['unbound', 'binding_failed'].includes(String(port['binding:vif_type'])));
      },

      // An agent asks whether there are services that need it to do more: there are none.
      get_service_plugin_list: () => Promise.resolve(['CORE', 'L3_ROUTER_NAT']),

      get_host_ha_router_count: () => Promise.resolve(0),

      async update_floatingip_statuses(_context, args) {
        const statuses = Object.entries(objectArgument(args, 'fip_statuses')).map(([id, status]) => [id, String(status)] as const);
        await l3.updateFloatingIpStatuses(textArgument(args, 'router_id'), new Map(statuses));
      },

      async get_networks(context, args) {
        const networks = await core.networks.list(agentContext(context), { ...listAll, filters: agentFilters(args['filters']) });
        const fields = textsArgument(args, 'fields');
        return networks.map((network) => onlyFields(network, fields));
      },
    },
  };
}

/** The revisions are read first: what changes in between is looked at twice, rather than not at all. */
async function withRevisions(l3: L3Plugin, ids: readonly string[]): Promise<readonly JsonObject[]> {
  const revisions = await l3.revisions(ids);
  return (await l3.forAgents(ids)).map((router) => ({ ...router, _revision: revisions.get(String(router['id'])) ?? '' }));
}

/** The ports of routers are where their agent is. True where one was elsewhere, or nowhere. */
async function bindPorts(core: CorePlugin, context: RequestContext, host: string, routers: readonly JsonObject[]): Promise<boolean> {
  const ports = routers.flatMap((router) => [router['gw_port'] ?? [], router['_interfaces'] ?? []].flat() as readonly JsonObject[]);
  const elsewhere = ports.filter((port) => port['binding:host_id'] !== host || port['binding:vif_type'] === 'binding_failed' || port['binding:vif_type'] === 'unbound');
  const bind = async (port: JsonObject): Promise<void> => {
    try {
      await core.ports.update?.(context, String(port['id']), { 'binding:host_id': host });
    } catch (error) {
      if (!isNeutronError(error, PortNotFound)) throw error;
    }
  };
  // An agent that is new gets many at once; most of the time of each is the database's.
  for (let at = 0; at < elsewhere.length; at += BOUND_AT_ONCE) await Promise.all(elsewhere.slice(at, at + BOUND_AT_ONCE).map(bind));
  return elsewhere.length > 0;
}
