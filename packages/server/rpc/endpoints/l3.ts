import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import { TooManyExternalNetworks } from '@neutrino/lib/exceptions/router';
import type { JsonObject } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { listAll } from '../../api/resource-handler.ts';
import { recordChanges } from '../../change-log/record-changes.ts';
import type { RequestContext } from '../../context.ts';
import { transact } from '../../db/transact.ts';
import type { Db } from '../../db/types.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks } from '../../provisioning/provisioning-blocks.ts';
import type { L3AgentScheduler } from '../../scheduler/l3-agent-scheduler.ts';
import type { L3Plugin } from '../../services/l3/create-l3-plugin.ts';
import { isHaState } from '../../services/l3/ha/ha-states.ts';
import { agentContext, objectArgument, textArgument, textsArgument } from '../arguments.ts';
import { agentFilters, onlyFields } from '../filters.ts';

export interface L3Services {
  readonly db: Db;
  readonly core: CorePlugin;
  readonly l3: L3Plugin;
  readonly scheduler: L3AgentScheduler;
  readonly provisioning: ProvisioningBlocks;
}

const BOUND_AT_ONCE = 8;

/** What an L3 agent asks and reports. */
export function l3Endpoint({ db, core, l3, scheduler, provisioning }: L3Services): Endpoint {
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
        const routers = await withRevisions(l3, ids, host);
        const active = await activeHosts(l3, routers);
        const isMoved = await bindPorts(core, agentContext(context), routers, { host, active });
        return isMoved ? withRevisions(l3, ids, host) : routers;
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

      get_host_ha_router_count: async (_context, args) => l3.ha.countRouters(await scheduler.routerIdsOfHost(textArgument(args, 'host'))),

      async update_ha_routers_states(_context, args) {
        const states = Object.entries(objectArgument(args, 'states')).flatMap(([id, state]) => (isHaState(state) ? [[id, state] as const] : []));
        await l3.ha.updateStates(textArgument(args, 'host'), new Map(states));
      },

      async update_all_ha_network_port_statuses(context, args) {
        const host = textArgument(args, 'host');
        const ids = await l3.ha.activePortsOn(host);
        if (ids.length === 0) return;
        await transact(db, async (tx) => {
          await provisioning.addBlock(tx, ids, 'L2');
          await recordChanges(tx, ids.map((object) => ({ kind: 'port', subject: host, object })));
        });
        await core.updatePortStatuses(agentContext(context), ids, 'DOWN', { host });
      },

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
async function withRevisions(l3: L3Plugin, ids: readonly string[], host: string): Promise<readonly JsonObject[]> {
  const revisions = await l3.revisions(ids);
  return (await l3.forAgents(ids, host)).map((router) => ({ ...router, _revision: revisions.get(String(router['id'])) ?? '' }));
}

/** Router → the host where its active copy is, of those that are highly available and have one. */
async function activeHosts(l3: L3Plugin, routers: readonly JsonObject[]): Promise<ReadonlyMap<string, string>> {
  const copies = await l3.ha.copies(routers.filter(({ ha }) => ha === true).map(({ id }) => String(id)));
  return new Map(copies.filter(({ state }) => state === 'active').map(({ routerId, host }) => [routerId, host]));
}

/**
 * The ports of routers are where their agent is, or where their active copy is: they follow what that one reports, so only those that are nowhere are
 * brought there, or here until one is active. True where a port was elsewhere, or nowhere.
 */
async function bindPorts(core: CorePlugin, context: RequestContext, routers: readonly JsonObject[], { host, active }: { readonly host: string; readonly active: ReadonlyMap<string, string> }): Promise<boolean> {
  const elsewhere = routers.flatMap((router) => {
    const ports = [router['gw_port'] ?? [], router['extra_gw_ports'] ?? [], router['_interfaces'] ?? []].flat() as readonly JsonObject[];
    const own = [router['_ha_interface'] ?? []].flat() as readonly JsonObject[];
    const here = (router['ha'] === true ? own : ports).filter((port) => port['binding:host_id'] !== host || !isWired(port)).map((port) => ({ port, to: host }));
    const shared = router['ha'] === true ? ports : [];
    const to = active.get(String(router['id'])) ?? host;
    return [...here, ...shared.filter((port) => port['binding:host_id'] === '' || (port['binding:host_id'] === host && !isWired(port))).map((port) => ({ port, to }))];
  });
  const bind = async ({ port, to }: (typeof elsewhere)[number]): Promise<void> => {
    try {
      await core.ports.update?.(context, String(port['id']), { 'binding:host_id': to });
    } catch (error) {
      if (!isNeutronError(error, PortNotFound)) throw error;
    }
  };
  // An agent that is new gets many at once; most of the time of each is the database's.
  for (let at = 0; at < elsewhere.length; at += BOUND_AT_ONCE) await Promise.all(elsewhere.slice(at, at + BOUND_AT_ONCE).map(bind));
  return elsewhere.length > 0;
}

function isWired(port: JsonObject): boolean {
  return port['binding:vif_type'] !== 'binding_failed' && port['binding:vif_type'] !== 'unbound';
}
