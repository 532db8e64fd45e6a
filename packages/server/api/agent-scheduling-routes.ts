import { uuid } from '@neutrino/lib/api/validators';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '../context.ts';
import { authorizedContext, type ApiStage } from './api-stage.ts';
import { badRequest } from './fault.ts';
import { createShape } from './response-shape.ts';

/** Which agents have which objects: a scheduler, as these routes know it. */
export interface AgentScheduling {
  /** The objects that an agent has. Throws AgentNotFound. */
  listScheduled(context: RequestContext, agentId: string): Promise<readonly JsonObject[]>;
  /** The agents that have an object. */
  listAgents(context: RequestContext, id: string): Promise<readonly JsonObject[]>;
  add(context: RequestContext, agentId: string, id: string): Promise<void>;
  remove(context: RequestContext, agentId: string, id: string): Promise<void>;
}

/** What agents of a kind are given. */
export interface ScheduledKind {
  /** "dhcp": the first word of paths and rules. */
  readonly agents: string;
  /** "networks" and "network". */
  readonly collection: string;
  readonly resource: string;
}

type OfAgent = { Params: { agent: string; id: string } };

/** `/agents/{id}/dhcp-networks` and `/networks/{id}/dhcp-agents`, and the like. */
export function addAgentSchedulingRoutes(app: FastifyInstance, stage: ApiStage, { agents, collection, resource }: ScheduledKind, scheduling: AgentScheduling): void {
  const path = `/agents/:agent/${agents}-${collection}`;
  app.get<OfAgent>(path, async (request) => {
    const context = await authorizedContext(stage, request, `get_${agents}-${collection}`);
    const objects = await scheduling.listScheduled(context, request.params.agent);
    return { [collection]: objects.map(createShape(stage.api.resource(collection), { policy: stage.policy, context })) };
  });
  app.post<OfAgent>(path, async (request, reply) => {
    const context = await authorizedContext(stage, request, `create_${agents}-${resource}`);
    const id = isJsonObject(request.body) ? request.body[`${resource}_id`] : undefined;
    if (typeof id !== 'string' || uuid(id) !== undefined) throw badRequest(`The request body needs a '${resource}_id'`);
    await scheduling.add(context, request.params.agent, id);
    // Clients parse what a 201 holds.
    return reply.code(201).type('application/json').send('null');
  });
  app.delete<OfAgent>(`${path}/:id`, async (request, reply) => {
    const context = await authorizedContext(stage, request, `delete_${agents}-${resource}`);
    await scheduling.remove(context, request.params.agent, request.params.id);
    return reply.code(204).send();
  });
  app.get<{ Params: { id: string } }>(`/${collection}/:id/${agents}-agents`, async (request) => {
    const context = await authorizedContext(stage, request, `get_${agents}-agents`);
    const found = await scheduling.listAgents(context, request.params.id);
    const shape = createShape(stage.api.resource('agents'), { policy: stage.policy, context });
    // Not an attribute of the agent: what the router is there.
    return { agents: found.map((agent) => ({ ...shape(agent), ...('ha_state' in agent && { ha_state: agent['ha_state'] }) })) };
  });
}
