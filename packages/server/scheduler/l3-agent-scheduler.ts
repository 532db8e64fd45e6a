import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { InvalidL3Agent, NoVRIDAvailable, RouterHostedByL3Agent, RouterNotFound } from '@neutrino/lib/exceptions/router';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Selectable } from 'kysely';
import type { Logger } from 'pino';
import type { AgentService } from '../agents/agent-service.ts';
import { agentTypes } from '../agents/agent-views.ts';
import type { AgentScheduling } from '../api/agent-scheduling-routes.ts';
import { listAll, type ResourceHandler } from '../api/resource-handler.ts';
import { DatabaseUnavailable } from '../db/errors.ts';
import { inList, unlessEmpty } from '../db/id-list.ts';
import type { RoutersTable } from '../db/schema.ts';
import { transact } from '../db/transact.ts';
import type { Db, Tx } from '../db/types.ts';
import { haStatesOf } from '../services/l3/ha/ha-states.ts';
import type { HighAvailability } from '../services/l3/ha/high-availability.ts';
import { chooseHaAgents } from './choose-ha-agents.ts';
import { isDead } from './dead-agent.ts';
import { agentIdsOfRouters, bindRouter, routerIdsOfAgent, unbindRouter, type DownRouterBinding } from './router-bindings.ts';
import { RouterLoads } from './router-loads.ts';

export interface L3SchedulerOptions {
  readonly db: Db;
  readonly agentService: Pick<AgentService, 'directory' | 'agents' | 'requireAgent'>;
  readonly routers: Pick<ResourceHandler, 'get' | 'list'>;
  readonly ha: HighAvailability;
  readonly settings: L3SchedulerSettings;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface L3SchedulerSettings {
  /** `router_auto_schedule`: an agent that asks for its routers is given those that nobody has. */
  readonly routerAutoSchedule: boolean;
  /** `default_availability_zones`: where a router has no hints. */
  readonly defaultAvailabilityZones: readonly string[];
  /** `enable_services_on_agents_with_admin_state_down`: disabled agents keep the routers that they have. */
  readonly servesWhileDisabled: boolean;
  /** `max_l3_agents_per_router`: how many have a highly available router; 0: all. */
  readonly maxAgentsPerHaRouter: number;
}

/** Told after the commit that an agent is to have a router, or no longer. */
export type RouterSchedulingListener = (change: { readonly kind: 'added' | 'removed'; readonly routerId: string; readonly agent: Pick<AgentView, 'host' | 'topic'> }) => Promise<void>;

/** Which L3 agents have which routers: one a router, several one that is highly available. */
export interface L3AgentScheduler extends AgentScheduling {
  onChange(listener: RouterSchedulingListener): void;
  /** Gives each of the routers the agents that it lacks, where there are some for it. */
  schedule(routerIds: readonly string[]): Promise<void>;
  /** Gives the agent of `host` the routers that lack agents. */
  autoSchedule(host: string): Promise<void>;
  /** Router → its agents, alive or not: one query. */
  agentsOfRouters(routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly AgentView[]>>;
  /** Routers that the agent of `host` is to have; none where it is not known or administratively down. */
  routerIdsOfHost(host: string): Promise<readonly string[]>;
  /** Whether an agent is to serve the routers that it has. */
  isInService(agent: Pick<AgentView, 'admin_state_up'>): boolean;
  /** Whether some agent could take routers over. */
  hasCandidates(): Promise<boolean>;
  /**
   * Takes routers from agents that were not heard since `notHeardSince`, and gives each to another; one that no other agent is for stays.
   * Of several servers that do this at once one moves it. Returns how many were moved.
   */
  moveFromDead(bindings: readonly DownRouterBinding[], notHeardSince: string): Promise<number>;
}

interface RouterToSchedule {
  readonly id: string;
  readonly projectId: string;
  readonly isHa: boolean;
  /** Those that have it. */
  readonly agentIds: readonly string[];
  readonly hasGateway: boolean;
  readonly zones: readonly string[];
}

export function createL3AgentScheduler({ db, agentService, routers, ha, settings, log }: L3SchedulerOptions): L3AgentScheduler {
  const listeners: RouterSchedulingListener[] = [];
  const l3Agents = (): Promise<readonly AgentView[]> => agentService.directory.agents(agentTypes.l3);
  const tell = async (kind: 'added' | 'removed', routerId: string, agent: Pick<AgentView, 'host' | 'topic'>): Promise<void> => {
    for (const listener of listeners) await listener({ kind, routerId, agent });
  };

  const isInService = (agent: Pick<AgentView, 'admin_state_up'>): boolean => agent.admin_state_up || settings.servesWhileDisabled;

  /** Those that nobody has, or too few, of `ids` or of all. */
  const lacking = async (ids?: readonly string[]): Promise<readonly RouterToSchedule[]> => {
    const unbound = db
      .selectFrom('routers')
      .select(columnsToSchedule)
      .where((eb) => eb.or([eb('routers.ha', '=', 1), eb('routers.id', 'not in', (inner) => inner.selectFrom('router_l3_agent_bindings').select('router_id'))]));
    return toSchedule(ids === undefined ? await unbound.execute() : await unlessEmpty(ids, (some) => unbound.where(inList('routers.id', some)).execute()));
  };

  const toSchedule = async (rows: readonly RowToSchedule[]): Promise<readonly RouterToSchedule[]> => {
    const gateways = await unlessEmpty(rows.map(({ id }) => id), (some) => db.selectFrom('router_ports').select('router_id').where(inList('router_id', some)).where('port_type', '=', 'network:router_gateway').execute());
    const withGateway = new Set(gateways.map(({ router_id }) => router_id));
    const bound = await agentIdsOfRouters(db, rows.filter((row) => row.ha === 1).map(({ id }) => id));
    return rows.map(({ id, project_id: projectId, ha: isHa, availability_zone_hints: hints }) => {
      const zones = JSON.parse(hints) as Json;
      return { id, projectId, isHa: isHa === 1, agentIds: bound.get(id) ?? [], hasGateway: withGateway.has(id), zones: Array.isArray(zones) && zones.length > 0 ? zones.map(String) : settings.defaultAvailabilityZones };
    });
  };

  /** False where it has one already. */
  const bindOne = (routerId: string, agentId: string): Promise<boolean> =>
    transact(db, async (tx) => {
      if ((await lockedAgents(tx, routerId)).length > 0) return false;
      await bindRouter(tx, routerId, agentId);
      return true;
    });

  const currentAgents = (): Promise<readonly AgentView[]> => agentService.directory.agents(agentTypes.l3, { current: true });

  /** How many agents a highly available router is to have, as many as there are for any. */
  const agentsForHa = (agents: readonly AgentView[]): number => {
    const able = agents.filter((agent) => agent.alive && agent.admin_state_up && isWhole(agent)).length;
    return settings.maxAgentsPerHaRouter === 0 ? able : Math.min(able, settings.maxAgentsPerHaRouter);
  };

  const scheduleHa = async (router: RouterToSchedule, { agents, most, loads }: { readonly agents: readonly AgentView[]; readonly most: number; readonly loads: RouterLoads }): Promise<void> => {
    const candidates = router.agentIds.length >= most ? [] : agents.filter((agent) => agent.alive && canHave(agent, router) && !router.agentIds.includes(agent.id));
    if (candidates.length === 0) return;
    const serving = (await l3Agents()).filter(({ id }) => router.agentIds.includes(id));
    for (const agent of chooseHaAgents({ candidates, serving, loads: await loads.current(), wanted: most })) {
      try {
        if (!(await ha.bind(router, agent, most))) continue;
        loads.add(agent);
        log.info({ router_id: router.id, host: agent.host }, 'highly available router scheduled to an L3 agent');
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
        log.warn({ err: error, router_id: router.id, host: agent.host }, CANNOT_BE_GIVEN);
        if (isNeutronError(error, NoVRIDAvailable)) await ha.fail(router.id);
        return;
      }
    }
  };

  const scheduleAll = async (waiting: readonly RouterToSchedule[], agents: readonly AgentView[], all = agents): Promise<void> => {
    const loads = new RouterLoads(db);
    for (const router of waiting) {
      if (router.isHa) {
        await scheduleHa(router, { agents, most: agentsForHa(all), loads });
        continue;
      }
      const agent = await loads.idlest(agents.filter((candidate) => candidate.alive && canHave(candidate, router)));
      if (agent === undefined) continue;
      try {
        if (!(await bindOne(router.id, agent.id))) continue;
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
        // The routers behind it are not to wait for it. One that was deleted meanwhile needs no agent.
        if (!isNeutronError(error, RouterNotFound)) log.warn({ err: error, router_id: router.id, host: agent.host }, CANNOT_BE_GIVEN);
        continue;
      }
      loads.add(agent);
      log.info({ router_id: router.id, host: agent.host }, 'router scheduled to an L3 agent');
    }
  };

  return {
    onChange: (listener) => void listeners.push(listener),

    async schedule(routerIds) {
      const agents = await l3Agents();
      if (agents.length > 0) await scheduleAll(await lacking(routerIds), agents);
    },

    async autoSchedule(host) {
      if (!settings.routerAutoSchedule) return;
      const all = await l3Agents();
      const agents = all.filter((agent) => agent.host === host);
      if (agents.length > 0) await scheduleAll(await lacking(), agents, all);
    },

    async agentsOfRouters(routerIds) {
      const agents = new Map((await l3Agents()).map((agent) => [agent.id, agent]));
      const bound = await agentIdsOfRouters(db, routerIds);
      return new Map([...bound].map(([routerId, ids]) => [routerId, ids.flatMap((id) => agents.get(id) ?? [])]));
    },

    async routerIdsOfHost(host) {
      const agent = (await l3Agents()).find((candidate) => candidate.host === host && isInService(candidate));
      return agent === undefined ? [] : routerIdsOfAgent(db, agent.id);
    },

    isInService,

    hasCandidates: async () => (await currentAgents()).some((agent) => agent.alive && agent.admin_state_up),

    async moveFromDead(bindings, notHeardSince) {
      const agents = await currentAgents();
      const ids = [...new Set(bindings.map(({ routerId }) => routerId))];
      const routersById = new Map((await toSchedule(await unlessEmpty(ids, (some) => db.selectFrom('routers').select(columnsToSchedule).where(inList('id', some)).execute()))).map((router) => [router.id, router]));
      const loads = new RouterLoads(db);
      let moved = 0;
      for (const { routerId, agentId, host, topic } of bindings) {
        const router = routersById.get(routerId);
        const to = router && (await loads.idlest(agents.filter((agent) => agent.alive && agent.id !== agentId && canHave(agent, router))));
        if (to === undefined) {
          log.warn({ router_id: routerId, host }, 'the router stays with an L3 agent that is not heard any more: there is no other agent for it');
          continue;
        }
        try {
          const isMoved = await transact(db, async (tx) => {
            if (!(await lockedAgents(tx, routerId)).includes(agentId) || !(await isDead(tx, agentId, notHeardSince))) return false;
            await unbindRouter(tx, routerId, agentId);
            await bindRouter(tx, routerId, to.id);
            return true;
          });
          if (!isMoved) continue;
          loads.add(to);
          moved += 1;
          log.warn({ router_id: routerId, host, to: to.host }, 'the router was taken from an L3 agent that is not heard any more');
          await tell('removed', routerId, { host, topic });
          await tell('added', routerId, to);
        } catch (error) {
          if (error instanceof DatabaseUnavailable) throw error;
          log.warn({ err: error, router_id: routerId, host }, 'the router cannot be taken from an L3 agent that is not heard any more; it is tried again');
        }
      }
      return moved;
    },

    async listScheduled(context, agentId) {
      await agentService.requireAgent(agentId);
      const ids = await routerIdsOfAgent(db, agentId);
      return ids.length === 0 ? [] : routers.list(context, { ...listAll, filters: { id: ids } });
    },

    async listAgents(context, routerId) {
      const router = await routers.get(context, routerId);
      const ids = (await agentIdsOfRouters(db, [routerId])).get(routerId) ?? [];
      const agents = ids.length === 0 ? [] : await agentService.agents.list(context, { ...listAll, filters: { id: ids } });
      const states = router['ha'] === true ? haStatesOf(await ha.copies([routerId]), await l3Agents()) : undefined;
      return agents.map((agent) => ({ ...agent, ha_state: states?.get(String(agent['id'])) ?? null }));
    },

    async add(context, agentId, routerId) {
      const router = await routers.get(context, routerId);
      const agent = await agentService.requireAgent(agentId);
      const isL3 = agent['agent_type'] === agentTypes.l3 && isInService({ admin_state_up: agent['admin_state_up'] === true });
      const view = (await l3Agents()).find(({ id }) => id === agentId);
      const wanted: RouterToSchedule = { id: routerId, projectId: String(router['project_id']), isHa: router['ha'] === true, agentIds: [], hasGateway: router['external_gateway_info'] !== null, zones: [] };
      if (!isL3 || view === undefined || !canHave({ ...view, admin_state_up: true }, wanted)) throw new NeutronError(InvalidL3Agent, { id: agentId });
      if (wanted.isHa) {
        // By hand also more agents than a router is given otherwise.
        if (await ha.bind(wanted, view, Number.MAX_SAFE_INTEGER)) await tell('added', routerId, view);
        return;
      }
      const added = await transact(db, async (tx) => {
        const [other] = await lockedAgents(tx, routerId);
        if (other === agentId) return false;
        if (other !== undefined) throw new NeutronError(RouterHostedByL3Agent, { router_id: routerId, agent_id: other });
        await bindRouter(tx, routerId, agentId);
        return true;
      });
      if (added) await tell('added', routerId, view);
    },

    async remove(context, agentId, routerId) {
      const agent = await agentService.requireAgent(agentId);
      const router = await routers.get(context, routerId);
      if (router['ha'] === true) await ha.unbind(routerId, agentId);
      else await transact(db, (tx) => unbindRouter(tx, routerId, agentId));
      await tell('removed', routerId, { host: String(agent['host']), topic: String(agent['topic']) });
    },
  };
}

const CANNOT_BE_GIVEN = 'the router cannot be given to an L3 agent';

const columnsToSchedule = ['routers.id', 'routers.project_id', 'routers.ha', 'routers.availability_zone_hints'] as const;
type RowToSchedule = Pick<Selectable<RoutersTable>, 'id' | 'project_id' | 'ha' | 'availability_zone_hints'>;

/** Whether the agent has all of a router, not the part of it on a compute node. */
function isWhole({ configurations }: Pick<AgentView, 'configurations'>): boolean {
  const { agent_mode: mode = 'legacy' }: JsonObject = configurations;
  return mode === 'legacy' || mode === 'dvr_snat';
}

/** Whether the agent is one for such routers. */
function canHave({ admin_state_up: isUp, availability_zone: zone, configurations }: AgentView, router: RouterToSchedule): boolean {
  const { handle_internal_only_routers: inside = true }: JsonObject = configurations;
  return isUp && isWhole({ configurations }) && (inside !== false || router.hasGateway) && (router.zones.length === 0 || router.zones.includes(zone ?? ''));
}

/** The agents that have the router, which gets no other until the end of the transaction. Throws RouterNotFound. */
async function lockedAgents(tx: Tx, routerId: string): Promise<readonly string[]> {
  const row = await tx.selectFrom('routers').select('id').where('id', '=', routerId).forUpdate().executeTakeFirst();
  if (row === undefined) throw new NeutronError(RouterNotFound, { router_id: routerId });
  return (await agentIdsOfRouters(tx, [routerId])).get(routerId) ?? [];
}
