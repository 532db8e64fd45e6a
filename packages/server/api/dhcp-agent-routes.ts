import { uuid } from '@neutrino/lib/api/validators';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '../context.ts';
import { authorizedContext, type ApiStage } from './api-stage.ts';
import { badRequest } from './fault.ts';
import { createShape } from './response-shape.ts';

/** Which DHCP agents serve which networks: the scheduler, as these routes know it. */
export interface DhcpAgentScheduling {
  listNetworks(context: RequestContext, agentId: string): Promise<readonly JsonObject[]>;
  listAgents(context: RequestContext, networkId: string): Promise<readonly JsonObject[]>;
  addNetwork(context: RequestContext, agentId: string, networkId: string): Promise<void>;
  removeNetwork(context: RequestContext, agentId: string, networkId: string): Promise<void>;
}

type OfAgent = { Params: { agent: string; network: string } };

/** `/agents/{id}/dhcp-networks` and `/networks/{id}/dhcp-agents` (extension dhcp_agent_scheduler). */
export function addDhcpAgentRoutes(app: FastifyInstance, stage: ApiStage, scheduling: DhcpAgentScheduling): void {
  app.get<OfAgent>('/agents/:agent/dhcp-networks', async (request) => {
    const context = await authorizedContext(stage, request, 'get_dhcp-networks');
    const networks = await scheduling.listNetworks(context, request.params.agent);
    return { networks: networks.map(createShape(stage.api.resource('networks'), { policy: stage.policy, context })) };
  });
  app.post<OfAgent>('/agents/:agent/dhcp-networks', async (request, reply) => {
    const context = await authorizedContext(stage, request, 'create_dhcp-network');
    const networkId = isJsonObject(request.body) ? request.body['network_id'] : undefined;
    if (typeof networkId !== 'string' || uuid(networkId) !== undefined) throw badRequest("The request body needs a 'network_id'");
    await scheduling.addNetwork(context, request.params.agent, networkId);
    // Clients parse what a 201 holds.
    return reply.code(201).type('application/json').send('null');
  });
  app.delete<OfAgent>('/agents/:agent/dhcp-networks/:network', async (request, reply) => {
    const context = await authorizedContext(stage, request, 'delete_dhcp-network');
    await scheduling.removeNetwork(context, request.params.agent, request.params.network);
    return reply.code(204).send();
  });
  app.get<{ Params: { network: string } }>('/networks/:network/dhcp-agents', async (request) => {
    const context = await authorizedContext(stage, request, 'get_dhcp-agents');
    const agents = await scheduling.listAgents(context, request.params.network);
    return { agents: agents.map(createShape(stage.api.resource('agents'), { policy: stage.policy, context })) };
  });
}
