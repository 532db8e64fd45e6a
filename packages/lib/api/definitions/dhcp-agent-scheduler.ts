import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { agent } from './agent.ts';
import { network } from './network.ts';
import { uuid } from '../validators.ts';

const agentAttributes = agent.resources?.[0]?.attributes ?? {};
const networkAttributes = network.resources?.[0]?.attributes ?? {};

export const dhcpAgentScheduler: ExtensionDeclaration = defineExtension({
  alias: 'dhcp_agent_scheduler',
  name: 'DHCP Agent Scheduler',
  description: 'Which DHCP agents serve which networks.',
  updated: '2013-02-07T10:00:00-00:00',
  requires: ['agent'],
  resources: [
    {
      collection: 'dhcp-networks',
      resource: 'network',
      parent: { collection: 'agents', resource: 'agent' },
      operations: ['list', 'create', 'delete'],
      attributes: {
        ...networkAttributes,
        network_id: { type: 'string', allowPost: true, allowPut: false, validate: uuid, isVisible: false, enforcePolicy: true },
      },
    },
    {
      collection: 'dhcp-agents',
      resource: 'agent',
      parent: { collection: 'networks', resource: 'network' },
      operations: ['list'],
      attributes: agentAttributes,
    },
  ],
});
