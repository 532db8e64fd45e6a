import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const agentResourcesSynced: ExtensionDeclaration = defineExtension({
  alias: 'agent-resources-synced',
  name: "Agent's Resource View Synced to Placement",
  description: 'Whether Placement knows what an agent has to offer; null for agents that offer nothing there.',
  updated: '2018-12-19T00:00:00-00:00',
  requires: ['agent'],
  extends: { agents: { resources_synced: readOnly('boolean', 'whether Placement knows what it has to offer', { default: ATTR_NOT_SPECIFIED }) } },
});
