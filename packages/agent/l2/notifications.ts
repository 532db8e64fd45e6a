import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { Endpoint, Listener, Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import { bridgeName, tapName } from './device-names.ts';

/** What a notification means here: something to look at again. Its contents are never taken for the state itself. */
export interface NotificationSink {
  readonly portChanged: (device: string) => void;
  readonly networkChanged: (networkId: string) => void;
  readonly networkGone: (bridge: string) => void;
  readonly groupRulesChanged: (groups: ReadonlySet<string>) => void;
  readonly groupMembersChanged: (groups: ReadonlySet<string>) => void;
  /** Any of these may have been missed. */
  readonly missed: () => void;
}

const notifierTopics = [
  notifierTopic('port', 'update'),
  notifierTopic('port', 'delete'),
  notifierTopic('network', 'update'),
  notifierTopic('network', 'delete'),
  notifierTopic('security_group', 'update'),
  notifierTopic('binding', 'activate'),
  notifierTopic('binding', 'deactivate'),
];

/** Listens to all that the server announces to L2 agents. */
export async function listenForNotifications(transport: Transport, host: string, sink: NotificationSink): Promise<readonly Listener[]> {
  const endpoints = [notificationEndpoint(host, sink)];
  return Promise.all(notifierTopics.map((topic) => transport.listen({ topic, server: host, endpoints, onGap: sink.missed })));
}

/** The methods of Neutron's agent notifier, version 1.5. Malformed notifications name nothing and change nothing. */
export function notificationEndpoint(host: string, sink: NotificationSink): Endpoint {
  const portById = (id: Json | undefined): undefined => {
    if (typeof id === 'string') sink.portChanged(tapName(id));
  };
  const onThisHost = (args: JsonObject): undefined => {
    if (args['host'] === host) portById(args['port_id']);
  };
  return {
    version: '1.5',
    methods: {
      port_update: (_context, { port }) => portById(isJsonObject(port) ? port['id'] : undefined),
      port_delete: (_context, { port_id }) => portById(port_id),
      network_update: (_context, { network }) => {
        const id = isJsonObject(network) ? network['id'] : undefined;
        if (typeof id === 'string') sink.networkChanged(id);
      },
      network_delete: (_context, { network_id }) => {
        if (typeof network_id === 'string') sink.networkGone(bridgeName(network_id));
      },
      security_groups_rule_updated: (_context, { security_groups }) => {
        sink.groupRulesChanged(strings(security_groups));
      },
      security_groups_member_updated: (_context, { security_groups }) => {
        sink.groupMembersChanged(strings(security_groups));
      },
      binding_activate: (_context, args) => onThisHost(args),
      binding_deactivate: (_context, args) => onThisHost(args),
    },
  };
}

function strings(value: Json | undefined): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);
}
