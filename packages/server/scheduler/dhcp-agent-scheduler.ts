import { InvalidDHCPAgent, NetworkHostedByDHCPAgent, NetworkNotHostedByDhcpAgent } from '@neutrino/lib/exceptions/agent';
import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Logger } from 'pino';
import type { AgentService } from '../agents/agent-service.ts';
import { agentTypes } from '../agents/agent-views.ts';
import { listAll } from '../api/resource-handler.ts';
import { adminContext, type RequestContext } from '../context.ts';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import { chooseDhcpAgents } from './choose-dhcp-agents.ts';
import { agentIdsOfNetworks, bindNetwork, networkCounts, networkIdsOfAgent, unbindNetwork } from './dhcp-bindings.ts';
import { dhcpDeviceId, reservedDhcpPort } from './dhcp-device-id.ts';
import { networksToSchedule, type NetworkToSchedule } from './networks-to-schedule.ts';

export interface DhcpSchedulerOptions {
  readonly db: Db;
  readonly agentService: Pick<AgentService, 'directory' | 'agents' | 'requireAgent'>;
  /** Asked when needed: the plugin itself may be made after the scheduler. */
  readonly core: () => Pick<CorePlugin, 'networks' | 'ports'>;
  readonly mechanismDrivers: readonly MechanismDriver[];
  readonly settings: {
    /** `dhcp_agents_per_network`. */
    readonly dhcpAgentsPerNetwork: number;
    /** `network_auto_schedule`: schedule without being asked through the API. */
    readonly networkAutoSchedule: boolean;
    /** `default_availability_zones`: where a network has no hints. */
    readonly defaultAvailabilityZones: readonly string[];
  };
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Told after the commit that an agent is to serve a network, or no longer. */
export type SchedulingListener = (change: SchedulingChange) => Promise<void> | void;
export interface SchedulingChange {
  readonly kind: 'added' | 'removed';
  readonly networkId: string;
  readonly agent: Pick<AgentView, 'host' | 'topic'>;
}

/** Which DHCP agents serve which networks. */
export class DhcpAgentScheduler {
  readonly #options: DhcpSchedulerOptions;
  readonly #listeners: SchedulingListener[] = [];

  constructor(options: DhcpSchedulerOptions) {
    this.#options = options;
  }

  onChange(listener: SchedulingListener): void {
    this.#listeners.push(listener);
  }

  /** Whether there are DHCP agents, alive or not. */
  async hasAgents(): Promise<boolean> {
    return (await this.#dhcpAgents()).length > 0;
  }

  /** Gives the network the agents it lacks, if it has a subnet with DHCP. */
  async schedule(networkId: string): Promise<void> {
    const { networkAutoSchedule, dhcpAgentsPerNetwork } = this.#options.settings;
    const serving = (await this.agentsOfNetworks([networkId])).get(networkId) ?? [];
    // Every new port comes here, and nearly every network has its agents.
    if (serving.length >= dhcpAgentsPerNetwork || !networkAutoSchedule) return;
    const changes = await this.#scheduleAll(await networksToSchedule(this.#options.db, [networkId]));
    for (const change of changes) await this.#tell(change);
  }

  /** Gives the agent of `host` networks that lack agents. `tell`: listeners hear of it; not where the agent itself is asking. */
  async autoSchedule(host: string, { tell }: { readonly tell: boolean }): Promise<void> {
    if (!this.#options.settings.networkAutoSchedule) return;
    const agents = (await this.#dhcpAgents()).filter((agent) => agent.host === host);
    if (agents.length === 0) return;
    const changes = await this.#scheduleAll(await networksToSchedule(this.#options.db), agents);
    if (tell) for (const change of changes) await this.#tell(change);
  }

  /** network id → its DHCP agents, alive or not: one query. */
  async agentsOfNetworks(networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly AgentView[]>> {
    const agents = new Map((await this.#dhcpAgents()).map((agent) => [agent.id, agent]));
    const bindings = await agentIdsOfNetworks(this.#options.db, networkIds);
    const known = (ids: readonly string[]) => ids.flatMap((id) => agents.get(id) ?? []);
    return new Map([...bindings].map(([networkId, ids]) => [networkId, known(ids)]));
  }

  /** Networks that the agent of `host` is to serve; none where it is not known or administratively down. */
  async networkIdsOfHost(host: string): Promise<readonly string[]> {
    const agent = (await this.#dhcpAgents()).find((candidate) => candidate.host === host && candidate.admin_state_up);
    return agent === undefined ? [] : networkIdsOfAgent(this.#options.db, agent.id);
  }

  /** `GET /agents/{id}/dhcp-networks`. Throws AgentNotFound. */
  async listNetworks(context: RequestContext, agentId: string): Promise<readonly JsonObject[]> {
    await this.#options.agentService.requireAgent(agentId);
    const ids = await networkIdsOfAgent(this.#options.db, agentId);
    return ids.length === 0 ? [] : this.#options.core().networks.list(context, { ...listAll, filters: { id: ids } });
  }

  /** `GET /networks/{id}/dhcp-agents`: nothing for a network that is not there, as in Neutron. */
  async listAgents(context: RequestContext, networkId: string): Promise<readonly JsonObject[]> {
    const ids = (await agentIdsOfNetworks(this.#options.db, [networkId])).get(networkId) ?? [];
    return ids.length === 0 ? [] : this.#options.agentService.agents.list(context, { ...listAll, filters: { id: ids } });
  }

  /** `POST /agents/{id}/dhcp-networks`. Throws NetworkNotFound, AgentNotFound, InvalidDHCPAgent, NetworkHostedByDHCPAgent. */
  async addNetwork(context: RequestContext, agentId: string, networkId: string): Promise<void> {
    await this.#options.core().networks.get(context, networkId);
    const agent = await this.#options.agentService.requireAgent(agentId);
    if (agent['agent_type'] !== agentTypes.dhcp || agent['admin_state_up'] !== true) throw new NeutronError(InvalidDHCPAgent, { id: agentId });
    const added = await transact(this.#options.db, async (tx) => {
      // Both may have gone meanwhile: the keys say so only in the engine's words.
      if (!(await exists(tx, 'networks', networkId))) throw new NeutronError(NetworkNotFound, { net_id: networkId });
      if (!(await exists(tx, 'agents', agentId))) throw new NeutronError(InvalidDHCPAgent, { id: agentId });
      return bindNetwork(tx, networkId, agentId);
    });
    if (!added) throw new NeutronError(NetworkHostedByDHCPAgent, { network_id: networkId, agent_id: agentId });
    await this.#tell({ kind: 'added', networkId, agent: address(agent) });
  }

  /** `DELETE /agents/{id}/dhcp-networks/{network_id}`. Throws AgentNotFound, NetworkNotHostedByDhcpAgent. */
  async removeNetwork(_context: RequestContext, agentId: string, networkId: string): Promise<void> {
    const agent = await this.#options.agentService.requireAgent(agentId);
    const removed = await transact(this.#options.db, (tx) => unbindNetwork(tx, networkId, agentId));
    if (!removed) throw new NeutronError(NetworkNotHostedByDhcpAgent, { network_id: networkId, agent_id: agentId });
    await this.#reservePort(networkId, String(agent['host']));
    await this.#tell({ kind: 'removed', networkId, agent: address(agent) });
  }

  /** `only`: to these agents and no other. A network that has its agents costs no transaction. */
  async #scheduleAll(networks: readonly NetworkToSchedule[], only?: readonly AgentView[]): Promise<readonly SchedulingChange[]> {
    const { db, settings, log } = this.#options;
    const agents = await this.#dhcpAgents();
    const bound = await agentIdsOfNetworks(db, networks.map(({ id }) => id));
    const lacking = networks.filter(({ id }) => (bound.get(id)?.length ?? 0) < settings.dhcpAgentsPerNetwork);
    const changes: SchedulingChange[] = [];
    for (const network of lacking) {
      const others = (only ?? agents).filter(({ id }) => !bound.get(network.id)?.includes(id));
      const candidates = await this.#candidates(network, others);
      if (candidates.length === 0) {
        if (!bound.has(network.id)) log.warn({ network_id: network.id }, 'no DHCP agent can serve the network; it is tried again with its next port or subnet, and when an agent reports');
        continue;
      }
      const added = await transact(db, async (tx) => {
        // Two servers that schedule the network at once do not give it twice the agents that it needs.
        const locked = await tx.selectFrom('networks').select('id').where('id', '=', network.id).forUpdate().executeTakeFirst();
        if (locked === undefined) return [];
        const ids = (await agentIdsOfNetworks(tx, [network.id])).get(network.id) ?? [];
        const serving = agents.filter(({ id }) => ids.includes(id));
        const loads = await networkCounts(tx);
        const chosen = chooseDhcpAgents({ candidates, serving, loads, wanted: settings.dhcpAgentsPerNetwork });
        const newly: AgentView[] = [];
        for (const agent of chosen) {
          if ((await exists(tx, 'agents', agent.id)) && (await bindNetwork(tx, network.id, agent.id))) newly.push(agent);
        }
        return newly;
      });
      changes.push(...added.map((agent): SchedulingChange => ({ kind: 'added', networkId: network.id, agent })));
    }
    for (const { networkId, agent } of changes) log.info({ network_id: networkId, host: agent.host }, 'network scheduled to a DHCP agent');
    return changes;
  }

  /** Agents that live, may serve, are in the network's zones, and whose host the network's segments reach. */
  async #candidates(network: NetworkToSchedule, agents: readonly AgentView[]): Promise<readonly AgentView[]> {
    const { settings, mechanismDrivers, agentService } = this.#options;
    const zones = network.availabilityZoneHints.length > 0 ? network.availabilityZoneHints : settings.defaultAvailabilityZones;
    const willing = agents.filter((agent) => agent.alive && agent.admin_state_up && (zones.length === 0 || zones.includes(agent.availability_zone ?? '')));
    const judges = mechanismDrivers.filter((driver) => driver.supportsSegments !== undefined);
    if (judges.length === 0) return willing;
    const reached: AgentView[] = [];
    for (const agent of willing) {
      const neighbours = await agentService.directory.agentsOnHost(agent.host);
      if (judges.some((driver) => neighbours.some((neighbour) => driver.supportsSegments?.(neighbour, network.segments)))) reached.push(agent);
    }
    return reached;
  }

  /** The port keeps its address for the next agent that serves the network. */
  async #reservePort(networkId: string, host: string): Promise<void> {
    const { ports } = this.#options.core();
    const filters = { network_id: [networkId], device_id: [dhcpDeviceId(networkId, host)] };
    for (const port of await ports.list(adminContext(), { ...listAll, filters })) {
      try {
        await ports.update?.(adminContext(), String(port['id']), { device_id: reservedDhcpPort });
      } catch (error) {
        if (!isNeutronError(error, PortNotFound)) throw error;
      }
    }
  }

  #dhcpAgents(): Promise<readonly AgentView[]> {
    return this.#options.agentService.directory.agents(agentTypes.dhcp);
  }

  async #tell(change: SchedulingChange): Promise<void> {
    for (const listener of this.#listeners) await listener(change);
  }
}

function address(agent: JsonObject): Pick<AgentView, 'host' | 'topic'> {
  return { host: String(agent['host']), topic: String(agent['topic']) };
}

async function exists(tx: Tx | DbOrTx, table: 'networks' | 'agents', id: string): Promise<boolean> {
  return (await tx.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}
