import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { agentTypes } from '../../agents/agent-views.ts';
import type { ResourceEvent, Subscriber } from '../../callbacks/registry.ts';
import { adminContext, toMessageContext, type RequestContext } from '../../context.ts';
import { haInterfaceOwner, haPortOwner } from '../../services/l3/l3.ts';
import type { L3AgentScheduler, RouterSchedulingListener } from '../../scheduler/l3-agent-scheduler.ts';
import type { L3Plugin } from '../../services/l3/create-l3-plugin.ts';

interface L3NotifierOptions {
  readonly transport: Transport;
  readonly scheduler: L3AgentScheduler;
  readonly l3: Pick<L3Plugin, 'routersOnNetwork' | 'ha'>;
}

/** Tells L3 agents of what concerns the routers that they have, and has routers scheduled when that is due. */
export function l3Notifier({ transport, scheduler, l3 }: L3NotifierOptions): { readonly subscriber: Subscriber; readonly schedulingListener: RouterSchedulingListener } {
  const cast = (context: RequestContext, { host, topic }: Pick<AgentView, 'host' | 'topic'>, method: string, args: JsonObject): Promise<void> =>
    transport.cast(toMessageContext(context), { topic, server: host, version: method === 'routers_updated' ? '1.1' : '1.0' }, method, args);

  const routersChanged = async (context: RequestContext, ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    await scheduler.schedule(ids);
    const agents = await scheduler.agentsOfRouters(ids);
    const hosts = new Map([...agents.values()].flat().filter((agent) => scheduler.isInService(agent)).map((agent) => [agent.host, agent]));
    for (const agent of hosts.values()) {
      await cast(context, agent, 'routers_updated', { routers: ids.filter((id) => agents.get(id)?.some(({ host }) => host === agent.host)) });
    }
  };

  const copyWired = async (context: RequestContext, { device_id: routerId, 'binding:host_id': host }: JsonObject): Promise<void> => {
    const agents = (await scheduler.agentsOfRouters([String(routerId)])).get(String(routerId)) ?? [];
    for (const agent of agents.filter((each) => each.host === host)) await cast(context, agent, 'routers_updated', { routers: [String(routerId)] });
  };

  const byResource = {
    async router({ operation, context, id, current, takenFrom = [] }: ResourceEvent): Promise<void> {
      for (const agent of takenFrom) await cast(context, agent, 'router_removed_from_agent', { payload: { router_id: id } });
      if (operation === 'delete') await transport.cast(toMessageContext(context), { topic: topics.l3Agent, fanout: true, version: '1.0' }, 'router_deleted', { router_id: id });
      // A router that leads nowhere can wait for its first interface; the copies of one that is highly available come to an agreement meanwhile.
      else if (operation === 'update' || current['external_gateway_info'] !== null || current['ha'] === true) await routersChanged(context, [id]);
    },

    async floatingip({ context, current, original }: ResourceEvent): Promise<void> {
      await routersChanged(context, [...new Set([original, current].flatMap((each) => (typeof each?.['router_id'] === 'string' ? [each['router_id']] : [])))]);
    },

    async port({ operation, context, current, original }: ResourceEvent): Promise<void> {
      const isReaddressed = operation === 'update' && isOfRouter(current) && JSON.stringify(current['fixed_ips']) !== JSON.stringify(original?.['fixed_ips']);
      if (isReaddressed) await routersChanged(context, [String(current['device_id'])]);
      // The copy of a router on that host may speak to the others now.
      if (operation === 'update' && current['device_owner'] === haPortOwner && current['status'] === 'ACTIVE' && original?.['status'] !== 'ACTIVE') await copyWired(context, current);
    },

    async subnet({ operation, context, current, original }: ResourceEvent): Promise<void> {
      const isOurs = operation !== 'update' || ['gateway_ip', 'dns_nameservers', 'host_routes'].some((name) => JSON.stringify(current[name]) !== JSON.stringify(original?.[name]));
      if (isOurs) await routersChanged(context, await l3.routersOnNetwork(String(current['network_id'])));
    },

    async network({ operation, context, id, current, original }: ResourceEvent): Promise<void> {
      if (operation === 'update' && current['mtu'] !== original?.['mtu']) await routersChanged(context, await l3.routersOnNetwork(id));
    },

    async agent({ operation, context, current, original }: ResourceEvent): Promise<void> {
      if (operation === 'delete' && current['agent_type'] === agentTypes.l3) await l3.ha.agentDeleted();
      if (operation !== 'update' || current['agent_type'] !== agentTypes.l3 || original?.['admin_state_up'] === current['admin_state_up']) return;
      await cast(context, { host: String(current['host']), topic: String(current['topic']) }, 'agent_updated', { payload: { admin_state_up: current['admin_state_up'] } });
    },
  };

  return {
    subscriber: async (event) => {
      const { resource } = event;
      if (resource === 'router' || resource === 'floatingip' || resource === 'port' || resource === 'subnet' || resource === 'network' || resource === 'agent') await byResource[resource](event);
    },

    schedulingListener: ({ kind, routerId, agent }) =>
      kind === 'added'
        ? cast(adminContext(), agent, 'router_added_to_agent', { payload: [routerId] })
        : cast(adminContext(), agent, 'router_removed_from_agent', { payload: { router_id: routerId } }),
  };
}

function isOfRouter({ device_owner: owner }: JsonObject): boolean {
  return owner === haInterfaceOwner || (owner !== haPortOwner && String(owner).startsWith('network:router_'));
}
