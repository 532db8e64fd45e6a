import type { JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { AgentService } from '../../agents/agent-service.ts';
import type { ResourceName, Subscriber } from '../../callbacks/registry.ts';
import { toMessageContext } from '../../context.ts';
import { conntrackHelperObjects } from '../objects/conntrack-helper-objects.ts';
import type { ObjectType } from '../objects/object-type.ts';
import { portForwardingObject, portForwardingObjects } from '../objects/port-forwarding-objects.ts';
import { knownMinor, primitive, targetMinor } from '../objects/versioned-object.ts';

interface RouterPart {
  readonly type: ObjectType;
  readonly data: (current: JsonObject) => JsonObject;
}

const partOf: Readonly<Partial<Record<ResourceName, RouterPart>>> = {
  port_forwarding: { type: portForwardingObjects, data: portForwardingObject },
  conntrack_helper: { type: conntrackHelperObjects, data: (current) => current },
};

const eventOf = { create: 'created', update: 'updated', delete: 'deleted' } as const;

/**
 * Sends L3 agents the parts of routers that they keep as objects of their own. Unlike other objects these are sent one by one, as what
 * happened to them, and whole when they are gone: an agent of Neutron's learns from that alone which router and which rules are meant. It does
 * not report which versions it understands, so that the newest is sent whoever listens.
 */
export function routerPartNotifier({ transport, agents }: { readonly transport: Transport; readonly agents: Pick<AgentService, 'resourceVersions'> }): Subscriber {
  return async ({ resource, operation, context, current }) => {
    const part = partOf[resource];
    if (part === undefined) return;
    const { type } = part;
    const reported = [...(await agents.resourceVersions(type.name))].filter((version) => knownMinor(version, type.version) !== undefined);
    for (const version of new Set([type.version, ...reported])) {
      const data = type.older(part.data(current), targetMinor(version, type.version));
      const target = { topic: `neutron-vo-${type.name}-${version}`, fanout: true, version: '1.1' };
      await transport.cast(toMessageContext(context), target, 'push', { resource_list: [primitive({ name: type.name, version, data })], event_type: eventOf[operation] });
    }
  };
}
