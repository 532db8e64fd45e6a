import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { AgentService } from '../agents/agent-service.ts';
import { agentTypes } from '../agents/agent-views.ts';
import type { DhcpLoadType } from '../agents/report-state.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import { chooseDhcpAgents } from './choose-dhcp-agents.ts';
import { agentIdsOfNetworks, bindNetwork, dhcpLoads } from './dhcp-bindings.ts';
import type { NetworkScheduler } from './network-scheduler-drivers.ts';
import type { NetworkToSchedule } from './networks-to-schedule.ts';
import { isStartingUp } from './starting-up.ts';

export interface DhcpPlacementOptions {
  readonly db: Db;
  readonly agentService: Pick<AgentService, 'directory'>;
  readonly mechanismDrivers: readonly MechanismDriver[];
  readonly settings: DhcpSchedulerSettings;
}

export interface DhcpSchedulerSettings {
  /** `agent_down_time`. */
  readonly agentDownTimeSeconds: number;
  /** `dhcp_agents_per_network`. */
  readonly dhcpAgentsPerNetwork: number;
  /** `dhcp_load_type`. */
  readonly dhcpLoadType: DhcpLoadType;
  /** `network_auto_schedule`: schedule without being asked through the API. */
  readonly networkAutoSchedule: boolean;
  /** `network_scheduler_driver`. */
  readonly networkScheduler: NetworkScheduler;
  /** `default_availability_zones`: where a network has no hints. */
  readonly defaultAvailabilityZones: readonly string[];
  /** `enable_services_on_agents_with_admin_state_down`: disabled agents get no new networks of themselves, but serve those that they have. */
  readonly servesWhileDisabled: boolean;
}

/** What choosing among agents needs to know, read once for many networks. */
export interface Batch {
  /** Every DHCP agent. */
  readonly agents: readonly AgentView[];
  /** Those that may be given networks: alive or starting, and administratively up. */
  readonly willing: readonly AgentView[];
  /** agent id → how much it serves. */
  readonly loads: Map<string, number>;
  readonly onHost: (host: string) => Promise<readonly AgentView[]>;
}

/** Which agents are for a network, and which of them get it. */
export class DhcpPlacement {
  readonly #options: DhcpPlacementOptions;

  constructor(options: DhcpPlacementOptions) {
    this.#options = options;
  }

  /** `current`: also what another server has heard this moment. */
  async batch({ current = false } = {}): Promise<Batch> {
    const { db, settings, agentService } = this.#options;
    const { agentDownTimeSeconds, dhcpLoadType } = settings;
    const agents = await agentService.directory.agents(agentTypes.dhcp, { current });
    const loads = new Map(await dhcpLoads(db, dhcpLoadType));
    const needsCounts = dhcpLoadType !== 'networks' && agents.some(({ alive }) => !alive);
    const networks = needsCounts ? await dhcpLoads(db, 'networks') : loads;
    const willing = agents.filter((agent) => agent.admin_state_up && (agent.alive || isStartingUp(agent, networks.get(agent.id) ?? 0, agentDownTimeSeconds)));
    const neighbours = new Map<string, Promise<readonly AgentView[]>>();
    return {
      agents,
      willing,
      loads,
      onHost(host) {
        const known = neighbours.get(host) ?? agentService.directory.agentsOnHost(host);
        neighbours.set(host, known);
        return known;
      },
    };
  }

  /** Of `agents` those that are in the network's zones, and whose host the network's segments reach. */
  async candidates(network: NetworkToSchedule, batch: Batch, agents: readonly AgentView[]): Promise<readonly AgentView[]> {
    const { settings, mechanismDrivers } = this.#options;
    const zones = network.availabilityZoneHints.length > 0 ? network.availabilityZoneHints : settings.defaultAvailabilityZones;
    const inZone = zones.length === 0 ? agents : agents.filter((agent) => zones.includes(agent.availability_zone ?? ''));
    const judges = mechanismDrivers.filter((driver) => driver.supportsSegments !== undefined);
    if (judges.length === 0) return inZone;
    const reached: AgentView[] = [];
    for (const agent of inZone) {
      const neighbours = await batch.onHost(agent.host);
      if (judges.some((driver) => neighbours.some((neighbour) => driver.supportsSegments?.(neighbour, network.segments)))) reached.push(agent);
    }
    return reached;
  }

  /** Gives a network agents of `candidates` until it has enough; the network is locked, so that two servers at once do not give it twice what it needs. */
  async bind(tx: Tx, networkId: string, { agents, loads }: Batch, candidates: readonly AgentView[]): Promise<readonly AgentView[]> {
    const { networkScheduler: scheduler, dhcpAgentsPerNetwork: wanted } = this.#options.settings;
    if (candidates.length === 0) return [];
    const ids = (await agentIdsOfNetworks(tx, [networkId])).get(networkId) ?? [];
    const serving = agents.filter(({ id }) => ids.includes(id));
    const newly: AgentView[] = [];
    for (const agent of chooseDhcpAgents({ scheduler, candidates, serving, loads, wanted })) {
      if ((await exists(tx, 'agents', agent.id)) && (await bindNetwork(tx, networkId, agent.id))) newly.push(agent);
    }
    return newly;
  }
}

/** The next network of the batch sees what the agents serve since. */
export function countServed({ loads }: Batch, added: readonly AgentView[]): readonly AgentView[] {
  for (const { id } of added) loads.set(id, (loads.get(id) ?? 0) + 1);
  return added;
}

export async function exists(tx: DbOrTx, table: 'networks' | 'agents', id: string): Promise<boolean> {
  return (await tx.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

/** False where it is gone. */
export async function lockNetwork(tx: Tx, id: string): Promise<boolean> {
  return (await tx.selectFrom('networks').select('id').where('id', '=', id).forUpdate().executeTakeFirst()) !== undefined;
}
