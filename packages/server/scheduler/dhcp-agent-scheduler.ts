import { InvalidDHCPAgent, NetworkHostedByDHCPAgent, NetworkNotHostedByDhcpAgent } from '@neutrino/lib/exceptions/agent';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import type { JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Logger } from 'pino';
import type { AgentService } from '../agents/agent-service.ts';
import { agentTypes } from '../agents/agent-views.ts';
import { listAll } from '../api/resource-handler.ts';
import type { RequestContext } from '../context.ts';
import { DatabaseUnavailable } from '../db/errors.ts';
import { transact } from '../db/transact.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import { isDead } from './dead-agent.ts';
import { agentIdsOfNetworks, bindNetwork, networkIdsOfAgent, unbindNetwork, type DownBinding } from './dhcp-bindings.ts';
import { type Batch, countServed, DhcpPlacement, type DhcpPlacementOptions, exists, lockNetwork } from './dhcp-placement.ts';
import { networksToSchedule, unservedNetworks, type NetworkToSchedule } from './networks-to-schedule.ts';
import { reserveDhcpPorts } from './reserve-dhcp-port.ts';

export interface DhcpSchedulerOptions extends DhcpPlacementOptions {
  readonly agentService: Pick<AgentService, 'directory' | 'agents' | 'requireAgent'>;
  /** Asked when needed: the plugin itself may be made after the scheduler. */
  readonly core: () => Pick<CorePlugin, 'networks' | 'ports'>;
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
  readonly #placement: DhcpPlacement;
  readonly #listeners: SchedulingListener[] = [];

  constructor(options: DhcpSchedulerOptions) {
    this.#options = options;
    this.#placement = new DhcpPlacement(options);
  }

  onChange(listener: SchedulingListener): void {
    this.#listeners.push(listener);
  }

  /** Whether there are DHCP agents, alive or not. */
  async hasAgents(): Promise<boolean> {
    return (await this.#dhcpAgents()).length > 0;
  }

  /** Whether an agent is to serve the networks that it has. */
  isInService(agent: Pick<AgentView, 'admin_state_up'>): boolean {
    return agent.admin_state_up || this.#options.settings.servesWhileDisabled;
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

  /** Gives every network the agents that it lacks. */
  async scheduleAll(): Promise<void> {
    if (!this.#options.settings.networkAutoSchedule) return;
    for (const change of await this.#scheduleAll(await networksToSchedule(this.#options.db))) await this.#tell(change);
  }

  /** Gives agents to the networks that have none: who made them may have been killed before it did. Where all have some it is one query. */
  async scheduleUnserved(): Promise<void> {
    const { db, settings } = this.#options;
    if (!settings.networkAutoSchedule) return;
    const ids = await unservedNetworks(db);
    if (ids.length === 0 || !(await this.hasAgents())) return;
    for (const change of await this.#scheduleAll(await networksToSchedule(db, ids))) await this.#tell(change);
  }

  /** Gives the agent of `host` networks that lack agents. `tell`: listeners hear of it; not where the agent itself is asking. */
  async autoSchedule(host: string, { tell }: { readonly tell: boolean }): Promise<void> {
    if (!this.#options.settings.networkAutoSchedule) return;
    const { directory } = this.#options.agentService;
    const here = (all: readonly AgentView[]) => all.filter((agent) => agent.host === host && agent.alive);
    const known = here(await this.#dhcpAgents());
    // Another server may have heard of it this moment.
    const agents = known.length > 0 ? known : here(await directory.agents(agentTypes.dhcp, { current: true }));
    if (agents.length === 0) return;
    const changes = await this.#scheduleAll(await networksToSchedule(this.#options.db), agents);
    if (tell) for (const change of changes) await this.#tell(change);
  }

  /** Whether some DHCP agent could take networks over. */
  async hasCandidates(): Promise<boolean> {
    return (await this.#placement.batch({ current: true })).willing.length > 0;
  }

  /**
   * Takes networks from agents that were not heard since `notHeardSince`, and gives them to others (`networkAutoSchedule`). Taking, giving and
   * keeping the address of the DHCP port are one transaction for each network: of several servers that do this at once one
   * moves it, and a server killed in between leaves it where it was. Returns how many were taken.
   */
  async moveFromDead(bindings: readonly DownBinding[], notHeardSince: string): Promise<number> {
    const { db, settings, log } = this.#options;
    const ids = [...new Set(bindings.map(({ networkId }) => networkId))];
    const networks = new Map((settings.networkAutoSchedule ? await networksToSchedule(db, ids) : []).map((network) => [network.id, network]));
    const batch = await this.#placement.batch({ current: true });
    let moved = 0;
    for (const { networkId, agentId, host } of bindings) {
      const network = networks.get(networkId);
      const candidates = network === undefined ? [] : await this.#placement.candidates(network, batch, batch.willing.filter(({ id }) => id !== agentId));
      try {
        const added = await transact(db, async (tx) => {
          if (!(await lockNetwork(tx, networkId)) || !(await isDead(tx, agentId, notHeardSince)) || !(await unbindNetwork(tx, networkId, agentId))) return undefined;
          await reserveDhcpPorts(tx, [networkId], host);
          return this.#placement.bind(tx, networkId, batch, candidates);
        });
        if (added === undefined) continue;
        moved += 1;
        log.warn({ network_id: networkId, host, to: added.map((agent) => agent.host) }, 'the network was taken from a DHCP agent that is not heard any more');
        for (const agent of countServed(batch, added)) await this.#tell({ kind: 'added', networkId, agent });
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
        log.warn({ err: error, network_id: networkId, host }, 'the network cannot be taken from a DHCP agent that is not heard any more; it is tried again');
      }
    }
    return moved;
  }

  /** network id → its DHCP agents, alive or not: one query. */
  async agentsOfNetworks(networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly AgentView[]>> {
    const agents = new Map((await this.#dhcpAgents()).map((agent) => [agent.id, agent]));
    const bindings = await agentIdsOfNetworks(this.#options.db, networkIds);
    const known = (ids: readonly string[]) => ids.flatMap((id) => agents.get(id) ?? []);
    return new Map([...bindings].map(([networkId, ids]) => [networkId, known(ids)]));
  }

  /** Networks that the agent of `host` is to serve, by the database: none where it is not known or not in service. */
  async networkIdsOfHost(host: string): Promise<readonly string[]> {
    let rows = this.#options.db
      .selectFrom('network_dhcp_agent_bindings as binding')
      .innerJoin('agents', 'agents.id', 'binding.dhcp_agent_id')
      .select('binding.network_id')
      .where('agents.agent_type', '=', agentTypes.dhcp)
      .where('agents.host', '=', host);
    if (!this.#options.settings.servesWhileDisabled) rows = rows.where('agents.admin_state_up', '=', 1);
    return (await rows.orderBy('binding.network_id').execute()).map(({ network_id }) => network_id);
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
    if (agent['agent_type'] !== agentTypes.dhcp || !this.isInService({ admin_state_up: agent['admin_state_up'] === true })) throw new NeutronError(InvalidDHCPAgent, { id: agentId });
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
    const removed = await transact(this.#options.db, async (tx) => {
      const wasBound = await unbindNetwork(tx, networkId, agentId);
      if (wasBound) await reserveDhcpPorts(tx, [networkId], String(agent['host']));
      return wasBound;
    });
    if (!removed) throw new NeutronError(NetworkNotHostedByDhcpAgent, { network_id: networkId, agent_id: agentId });
    await this.#tell({ kind: 'removed', networkId, agent: address(agent) });
  }

  /** `only`: to these agents and no other. A network that has its agents costs no transaction. */
  async #scheduleAll(networks: readonly NetworkToSchedule[], only?: readonly AgentView[]): Promise<readonly SchedulingChange[]> {
    const { db, settings, log } = this.#options;
    const bound = await agentIdsOfNetworks(db, networks.map(({ id }) => id));
    const lacking = networks.filter(({ id }) => (bound.get(id)?.length ?? 0) < settings.dhcpAgentsPerNetwork);
    if (lacking.length === 0) return [];
    const changes: SchedulingChange[] = [];
    const give = async (some: readonly NetworkToSchedule[], batch: Batch): Promise<readonly NetworkToSchedule[]> => {
      const unserved: NetworkToSchedule[] = [];
      for (const network of some) {
        const others = batch.willing.filter(({ id }) => !bound.get(network.id)?.includes(id) && (only === undefined || only.some((agent) => agent.id === id)));
        try {
          const candidates = await this.#placement.candidates(network, batch, others);
          if (candidates.length === 0) {
            if (!bound.has(network.id)) unserved.push(network);
            continue;
          }
          const added = await transact(db, async (tx) => ((await lockNetwork(tx, network.id)) ? this.#placement.bind(tx, network.id, batch, candidates) : []));
          changes.push(...countServed(batch, added).map((agent): SchedulingChange => ({ kind: 'added', networkId: network.id, agent })));
        } catch (error) {
          if (error instanceof DatabaseUnavailable) throw error;
          // The networks behind it are not to wait for it.
          log.warn({ err: error, network_id: network.id }, 'the network cannot be given a DHCP agent; it is tried again with its next port or subnet, and when an agent reports');
        }
      }
      return unserved;
    };
    let unserved = await give(lacking, await this.#placement.batch());
    // Another server may have heard an agent this moment.
    if (unserved.length > 0) unserved = await give(unserved, await this.#placement.batch({ current: true }));
    for (const { networkId, agent } of changes) log.info({ network_id: networkId, host: agent.host }, 'network scheduled to a DHCP agent');
    if (unserved.length > 0) {
      log.warn({ network_id: unserved[0]?.id, networks: unserved.length }, 'no DHCP agent can serve the network; it is tried again with its next port or subnet, and when an agent reports');
    }
    return changes;
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
