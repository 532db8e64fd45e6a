import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding, listOfResource } from '../routes.ts';

export const dhcpAgentScheduler: ExtensionDeclaration = defineExtension({
  alias: 'dhcp_agent_scheduler',
  name: 'DHCP Agent Scheduler',
  description: 'Which DHCP agents serve which networks.',
  updated: '2013-02-07T10:00:00-00:00',
  requires: ['agent'],
  routes: [
    {
      method: 'GET', path: '/agents/{agent_id}/dhcp-networks', operation: 'list_agent_dhcp_networks', collection: 'agents',
      summary: 'The networks that a DHCP agent serves', status: 200, answer: listOfResource('networks', 'network'),
    },
    {
      method: 'POST', path: '/agents/{agent_id}/dhcp-networks', operation: 'add_agent_dhcp_network', collection: 'agents',
      summary: 'Have a DHCP agent serve a network', request: holding({ network_id: { type: 'string', format: 'uuid' } }), status: 201, answer: { type: 'null' },
    },
    {
      method: 'DELETE', path: '/agents/{agent_id}/dhcp-networks/{network_id}', operation: 'remove_agent_dhcp_network', collection: 'agents',
      summary: 'Have a DHCP agent serve a network no longer', status: 204,
    },
    {
      method: 'GET', path: '/networks/{network_id}/dhcp-agents', operation: 'list_network_dhcp_agents', collection: 'networks',
      summary: 'The DHCP agents that serve a network', status: 200, answer: listOfResource('agents', 'agent'),
    },
  ],
});
