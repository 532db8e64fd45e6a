import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding, listOfResource } from '../routes.ts';

export const l3AgentScheduler: ExtensionDeclaration = defineExtension({
  alias: 'l3_agent_scheduler',
  name: 'L3 Agent Scheduler',
  description: 'Which L3 agents have which routers.',
  updated: '2013-02-07T10:00:00-00:00',
  requires: ['agent', 'router'],
  routes: [
    {
      method: 'GET', path: '/agents/{agent_id}/l3-routers', operation: 'list_agent_l3_routers', collection: 'agents',
      summary: 'The routers that an L3 agent has', status: 200, answer: listOfResource('routers', 'router'),
    },
    {
      method: 'POST', path: '/agents/{agent_id}/l3-routers', operation: 'add_agent_l3_router', collection: 'agents',
      summary: 'Give an L3 agent a router', request: holding({ router_id: { type: 'string', format: 'uuid' } }), status: 201, answer: { type: 'null' },
    },
    {
      method: 'DELETE', path: '/agents/{agent_id}/l3-routers/{router_id}', operation: 'remove_agent_l3_router', collection: 'agents',
      summary: 'Take a router from an L3 agent', status: 204,
    },
    {
      method: 'GET', path: '/routers/{router_id}/l3-agents', operation: 'list_router_l3_agents', collection: 'routers',
      summary: 'The L3 agents that have a router', status: 200, answer: listOfResource('agents', 'agent'),
    },
  ],
});
