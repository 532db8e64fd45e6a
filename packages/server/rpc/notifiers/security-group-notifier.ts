import type { Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import type { Subscriber } from '../../callbacks/registry.ts';
import { anyChanged } from '../../change-log/changed-attributes.ts';
import { groupsWithChangedMembers, transitionOf } from '../../change-log/port-changes.ts';
import { adminContext, toMessageContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';
import { coalesce } from './coalesce.ts';

interface SecurityGroupNotifierOptions {
  readonly db: Db;
  readonly transport: Transport;
  readonly log: Pick<Logger, 'error'>;
}

/** Tells every agent which groups' rules changed, and which groups' members, where other rules admit those. */
export function securityGroupNotifier({ db, transport, log }: SecurityGroupNotifierOptions): AsyncDisposable & { readonly subscriber: Subscriber } {
  const target = { topic: notifierTopic('security_group', 'update'), fanout: true, version: '1.1' };
  const onError = (error: unknown): void => log.error({ err: error }, 'agents cannot be told of changed security groups');
  const rules = coalesce(async (groups) => {
    await transport.cast(toMessageContext(adminContext()), target, 'security_groups_rule_updated', { security_groups: groups });
  }, onError);
  const members = coalesce(async (groups) => {
    const remote = await usedAsRemote(db, groups);
    if (remote.length > 0) await transport.cast(toMessageContext(adminContext()), target, 'security_groups_member_updated', { security_groups: remote });
  }, onError);
  // Agents know address groups by the rules that name them: those are what has changed for them.
  const addresses = coalesce(async (groups) => rules.add(await groupsWithRulesFor(db, groups)), onError);
  return {
    subscriber: (event) => {
      if (event.resource === 'address_group' && event.operation === 'update' && anyChanged(event.original, event.current, ['addresses'])) addresses.add([event.id]);
      if (event.resource === 'security_group_rule') rules.add([String(event.current['security_group_id'])]);
      if (event.resource === 'security_group' && event.operation === 'update' && anyChanged(event.original, event.current, ['stateful'])) rules.add([event.id]);
      if (event.resource === 'port') members.add(groupsWithChangedMembers(transitionOf(event)));
    },
    async [Symbol.asyncDispose]() {
      await addresses[Symbol.asyncDispose]();
      await rules[Symbol.asyncDispose]();
      await members[Symbol.asyncDispose]();
    },
  };
}

async function groupsWithRulesFor(db: Db, addressGroups: readonly string[]): Promise<readonly string[]> {
  const rows = await db.selectFrom('security_group_rules').select('security_group_id').distinct().where(inList('remote_address_group_id', addressGroups)).execute();
  return rows.map(({ security_group_id: id }) => id);
}

async function usedAsRemote(db: Db, groups: readonly string[]): Promise<readonly string[]> {
  const rows = await unlessEmpty(groups, (part) =>
    db.selectFrom('security_group_rules').select('remote_group_id').distinct().where(inList('remote_group_id', part)).execute(),
  );
  return rows.flatMap(({ remote_group_id: id }) => id ?? []);
}
