/** Topic names, as every Neutron program knows them. */
export const topics = {
  reports: 'q-reports-plugin',
  plugin: 'q-plugin',
  l3Plugin: 'q-l3-plugin',
  dhcpAgent: 'dhcp_agent',
  l3Agent: 'l3_agent',
  agentNotifier: 'q-agent-notifier',
} as const;

/** The fanout topic of one resource and operation, e.g. `q-agent-notifier-port-update`. */
export function notifierTopic(resource: NotifierResource, operation: NotifierOperation): string {
  return `${topics.agentNotifier}-${resource}-${operation}`;
}

export type NotifierResource = 'port' | 'network' | 'security_group' | 'binding' | 'l2population' | 'tunnel';
export type NotifierOperation = 'create' | 'update' | 'delete' | 'activate' | 'deactivate';
