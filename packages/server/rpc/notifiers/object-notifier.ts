import type { JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import type { AgentService } from '../../agents/agent-service.ts';
import type { ResourceName, Subscriber } from '../../callbacks/registry.ts';
import { adminContext, toMessageContext } from '../../context.ts';
import type { Db } from '../../db/types.ts';
import { addressGroupObjects } from '../objects/address-group-objects.ts';
import { networkObjects } from '../objects/network-objects.ts';
import type { ObjectType } from '../objects/object-type.ts';
import { portObjects } from '../objects/port-objects.ts';
import { securityGroupObjects, securityGroupRuleObjects } from '../objects/security-group-objects.ts';
import { subnetObjects } from '../objects/subnet-objects.ts';
import { knownMinor, primitive, targetMinor } from '../objects/versioned-object.ts';
import { coalesce } from './coalesce.ts';

const typeOf: Readonly<Partial<Record<ResourceName, ObjectType>>> = {
  network: networkObjects,
  subnet: subnetObjects,
  port: portObjects,
  security_group: securityGroupObjects,
  security_group_rule: securityGroupRuleObjects,
  address_group: addressGroupObjects,
};

interface ObjectNotifierOptions {
  readonly db: Db;
  readonly transport: Transport;
  readonly agents: Pick<AgentService, 'resourceVersions'>;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Sends objects that changed to the agents that keep such, in each version that a living agent has reported to understand. What is sent is
 * as it is now, whatever happened: agents have to bear messages that overtake each other. Where no agent keeps objects it costs nothing.
 */
export function objectNotifier({ db, transport, agents, log }: ObjectNotifierOptions): AsyncDisposable & { readonly subscriber: Subscriber } {
  const pushes = new Map(
    Object.entries(typeOf).map(([resource, type]) => {
      let versions: ReadonlySet<string> = new Set();
      const push = async (ids: readonly string[]): Promise<void> => {
        const present = await type.read(db, { id: ids });
        const known = new Set(present.map(({ id }) => id));
        const gone = ids.filter((id) => !known.has(id)).map((id) => ({ id, ...type.deleted }));
        for (const version of versions) {
          await send(type, version, 'updated', present);
          await send(type, version, 'deleted', gone);
        }
      };
      const waiting = coalesce(push, (error) => log.error({ err: error, resource }, 'agents cannot be sent changed objects'));
      const changed = async (id: string): Promise<void> => {
        // What an agent newer than this server understands cannot be made here.
        versions = new Set([...(await agents.resourceVersions(type.name))].filter((version) => knownMinor(version, type.version) !== undefined));
        if (versions.size > 0) waiting.add([id]);
      };
      return [resource, { changed, waiting }] as const;
    }),
  );

  const send = async (type: ObjectType, version: string, event: 'updated' | 'deleted', objects: readonly JsonObject[]): Promise<void> => {
    if (objects.length === 0) return;
    const minor = targetMinor(version, type.version);
    const list = objects.map((data) => {
      const older = type.older(data, minor);
      return primitive({ name: type.name, version, data: older, ...(event === 'deleted' && { changes: Object.keys(older) }) });
    });
    const target = { topic: `neutron-vo-${type.name}-${version}`, fanout: true, version: '1.1' };
    await transport.cast(toMessageContext(adminContext()), target, 'push', { resource_list: list, event_type: event });
  };

  return {
    subscriber: ({ resource, id }) => pushes.get(resource)?.changed(id),
    async [Symbol.asyncDispose]() {
      for (const { waiting } of pushes.values()) await waiting[Symbol.asyncDispose]();
    },
  };
}
