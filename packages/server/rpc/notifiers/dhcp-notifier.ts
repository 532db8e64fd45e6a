import type { JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import { agentTypes } from '../../agents/agent-views.ts';
import type { ResourceEvent, Subscriber } from '../../callbacks/registry.ts';
import { anyChanged } from '../../change-log/changed-attributes.ts';
import { leaseAttributes } from '../../change-log/port-changes.ts';
import { adminContext, toMessageContext, type RequestContext } from '../../context.ts';
import type { ProvisioningBlocks } from '../../provisioning/provisioning-blocks.ts';
import type { DhcpAgentScheduler, SchedulingListener } from '../../scheduler/dhcp-agent-scheduler.ts';
import { reservedDhcpPort } from '../../scheduler/dhcp-device-id.ts';
import type { NeutronAudience } from './neutron-audience.ts';

/** The order in which an agent works on what waits: lower first. */
const priorities = {
  network_create_end: 0,
  network_update_end: 1,
  network_delete_end: 2,
  subnet_create_end: 3,
  subnet_update_end: 3,
  subnet_delete_end: 4,
  port_create_end: 6,
  port_update_end: 6,
  port_delete_end: 6,
} as const;
type DhcpMethod = keyof typeof priorities;

/** Of the agents of a network one is to serve a new port at once; the others follow when they have time. */
const portCreateFirst = 5;

interface DhcpNotifierOptions {
  readonly audience: NeutronAudience;
  readonly transport: Transport;
  readonly scheduler: DhcpAgentScheduler;
  readonly provisioning: Pick<ProvisioningBlocks, 'complete'>;
  /** `dhcp_agent_notification`. False: agents hear of networks that they get or lose and of themselves, and of nothing else. */
  readonly notifiesDhcpAgents?: boolean;
  readonly log: Pick<Logger, 'debug'>;
}

/** Tells DHCP agents of what concerns the networks that they serve, and has networks scheduled when that is due. */
export function dhcpNotifier({ audience, transport, scheduler, provisioning, notifiesDhcpAgents = true, log }: DhcpNotifierOptions): { readonly subscriber: Subscriber; readonly schedulingListener: SchedulingListener } {
  const cast = async (context: RequestContext, agent: Pick<AgentView, 'host' | 'topic'>, message: DhcpMessage): Promise<void> => {
    if (!(await audience.isDhcpAgentOf(agent.host))) return;
    const payload = { ...message.payload, priority: message.priority ?? priorities[message.method] };
    await transport.cast(toMessageContext(context), { topic: agent.topic, server: agent.host, version: '1.0' }, message.method, { payload });
  };

  const toServing = async (context: RequestContext, networkId: string, message: DhcpMessage): Promise<readonly AgentView[]> => {
    const serving = ((await scheduler.agentsOfNetworks([networkId])).get(networkId) ?? []).filter((agent) => scheduler.isInService(agent));
    const first = message.method === 'port_create_end' ? serving[Math.floor(Math.random() * serving.length)] : undefined;
    for (const agent of serving) await cast(context, agent, agent === first ? { ...message, priority: portCreateFirst } : message);
    return serving;
  };

  const portChanged = async (context: RequestContext, method: 'port_create_end' | 'port_update_end', port: JsonObject): Promise<void> => {
    const serving = await toServing(context, String(port['network_id']), { method, payload: { port } });
    if (serving.some(({ alive }) => alive)) return;
    log.debug({ port_id: port['id'] }, 'no DHCP agent that lives serves the network of the port');
    // Nobody will report DHCP ready for as long as one can wait, so nobody is waited for.
    await provisioning.complete(String(port['id']), 'DHCP');
  };

  const byResource = {
    async network({ operation, context, id, current }: ResourceEvent): Promise<void> {
      // A new network is announced when it is scheduled; the agents of a deleted one are no longer known.
      if (operation === 'update') await toServing(context, id, { method: 'network_update_end', payload: { network: current } });
      if (operation !== 'delete' || !(await audience.hasDhcpAgents())) return;
      const payload = { network_id: id, priority: priorities.network_delete_end };
      await transport.cast(toMessageContext(context), { topic: topics.dhcpAgent, fanout: true, version: '1.0' }, 'network_delete_end', { payload });
    },

    async subnet({ operation, context, id, current }: ResourceEvent): Promise<void> {
      const networkId = String(current['network_id']);
      if (operation !== 'delete') await scheduler.schedule(networkId);
      const payload = operation === 'delete' ? { subnet_id: id, network_id: networkId } : { subnet: current };
      await toServing(context, networkId, { method: `subnet_${operation}_end`, payload });
    },

    async port({ operation, context, id, current, original }: ResourceEvent): Promise<void> {
      const networkId = String(current['network_id']);
      // Every port comes here: without agents nobody is told, scheduled or waited for.
      if (!(await scheduler.hasAgents())) return;
      if (operation === 'delete') {
        const payload = { port_id: id, network_id: networkId, fixed_ips: current['fixed_ips'] };
        await toServing(context, networkId, { method: 'port_delete_end', payload });
      } else if (operation === 'create') {
        if (current['device_id'] !== reservedDhcpPort) await scheduler.schedule(networkId);
        await portChanged(context, 'port_create_end', current);
      } else if (anyChanged(original, current, leaseAttributes)) {
        await portChanged(context, 'port_update_end', current);
      }
    },

    async agent({ operation, context, current, original }: ResourceEvent): Promise<void> {
      if (operation === 'delete') {
        if (current['agent_type'] === agentTypes.dhcp) await scheduler.scheduleAll();
        return;
      }
      const [host, topic] = [String(current['host']), String(current['topic'])];
      if (current['agent_type'] !== agentTypes.dhcp) {
        // A wire that reaches further may bring networks within reach of the host's DHCP agent.
        await scheduler.autoSchedule(host, { tell: true });
      } else if (original !== undefined && original['admin_state_up'] !== current['admin_state_up'] && (await audience.isDhcpAgentOf(host))) {
        const args = { payload: { admin_state_up: current['admin_state_up'] } };
        await transport.cast(toMessageContext(context), { topic, server: host, version: '1.0' }, 'agent_updated', args);
      }
    },
  };

  return {
    subscriber: async (event) => {
      const { resource, operation, id } = event;
      if (!notifiesDhcpAgents && resource !== 'agent') {
        // Nobody hears of it, so nobody is waited for.
        if (resource === 'port' && operation !== 'delete') await provisioning.complete(id, 'DHCP');
        return;
      }
      if (resource === 'network' || resource === 'subnet' || resource === 'port' || resource === 'agent') await byResource[resource](event);
    },

    schedulingListener: async ({ kind, networkId, agent }) => {
      const message: DhcpMessage =
        kind === 'added' ? { method: 'network_create_end', payload: { network: { id: networkId } } } : { method: 'network_delete_end', payload: { network_id: networkId } };
      await cast(adminContext(), agent, message);
    },
  };
}

interface DhcpMessage {
  readonly method: DhcpMethod;
  readonly payload: JsonObject;
  /** Where it is not the method's own. */
  readonly priority?: number;
}
