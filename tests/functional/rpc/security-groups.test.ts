import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { listAll } from '@neutrino/server/api/resource-handler';
import { transact } from '@neutrino/server/db/transact';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, idOf, instancePort, member, networkWithSubnet, runningServer, type RunningServer } from './running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await runningServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const alice = member('alice');
const list = (context = alice, filters = {}) => server.groups.groups.list(context, { ...listAll, filters });
const create = async (name: string, context = alice): Promise<JsonObject> =>
  (await server.groups.groups.create?.(context, [{ name, project_id: context.projectId ?? '', description: '' }]))?.[0] ?? {};
const addRule = async (group: JsonObject, more: JsonObject = {}, context = alice): Promise<JsonObject> =>
  (await server.groups.rules.create?.(context, [{ security_group_id: group['id'], project_id: context.projectId, direction: 'ingress', ethertype: 'IPv4', description: '', ...more }]))?.[0] ?? {};
const refusal = async (work: Promise<unknown> | undefined): Promise<string> => {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (!isNeutronError(error)) throw error;
    return `${error.status} ${error.type}`;
  }
};

describe('the default group', () => {
  test('appears with four rules when a project first looks, and admits only itself', async () => {
    const [group, ...others] = await list();
    expect(others).toEqual([]);
    expect(group).toMatchObject({ name: 'default', project_id: 'alice', tenant_id: 'alice', stateful: true, revision_number: 1 });
    const rules = group?.['security_group_rules'] as JsonObject[];
    expect(rules.map((rule) => `${rule['direction']} ${rule['ethertype']} ${rule['remote_group_id'] === group?.['id'] ? 'itself' : String(rule['remote_group_id'])}`).toSorted()).toEqual([
      'egress IPv4 null',
      'egress IPv6 null',
      'ingress IPv4 itself',
      'ingress IPv6 itself',
    ]);
  });

  test('is one, whoever asks: fifty ports, lists, groups and direct requests at once', async () => {
    const { network } = await networkWithSubnet(server, 'other');
    const ask = async (n: number): Promise<unknown> => {
      if (n % 4 === 0) return list();
      if (n % 4 === 1) return create(`g${n}`);
      if (n % 4 === 2) return instancePort(server, network, { project_id: 'alice' });
      return transact(server.db, (tx) => server.groups.ports.ensureDefault(tx, 'alice'));
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n)));
    expect((await list(alice, { name: ['default'] })).length).toBe(1);
    expect(await server.db.selectFrom('security_groups').select('id').where('name', '=', 'default').where('project_id', '=', 'alice').execute()).toHaveLength(1);
  });

  test('cannot be made, named or deleted by a project, and its rules can be deleted', async () => {
    const [group] = await list();
    const id = idOf(group);
    expect(await refusal(create('Default'))).toBe('409 SecurityGroupDefaultAlreadyExists');
    expect(await refusal(server.groups.groups.update?.(alice, id, { name: 'mine' }))).toBe('409 SecurityGroupCannotUpdateDefault');
    expect(await refusal(server.groups.groups.delete?.(alice, id))).toBe('409 SecurityGroupCannotRemoveDefault');
    const mine = await create('mine');
    expect(await refusal(server.groups.groups.update?.(alice, idOf(mine), { name: 'default' }))).toBe('409 SecurityGroupDefaultAlreadyExists');
    for (const rule of (group?.['security_group_rules'] ?? []) as JsonObject[]) await server.groups.rules.delete?.(alice, idOf(rule));
    expect((await server.groups.groups.get(alice, id))['security_group_rules']).toEqual([]);
  });

  test('is there as soon as the project has a network', async () => {
    await networkWithSubnet(server, 'bob');
    expect(await server.db.selectFrom('default_security_groups').selectAll().where('project_id', '=', 'bob').execute()).toHaveLength(1);
  });
});

describe('a group', () => {
  test('begins with two egress rules, and each change of its rules is a change of it', async () => {
    const group = await create('web');
    expect((group['security_group_rules'] as JsonObject[]).map(({ direction, ethertype }) => `${direction} ${ethertype}`).toSorted()).toEqual(['egress IPv4', 'egress IPv6']);
    const rule = await addRule(group, { protocol: 'tcp', port_range_min: 80, port_range_max: 80, remote_ip_prefix: '10.1.2.3/8' });
    expect(rule).toMatchObject({ remote_ip_prefix: '10.1.2.3/8', normalized_cidr: '10.0.0.0/8', project_id: 'alice' });
    const after = await server.groups.groups.get(alice, idOf(group));
    expect(after['security_group_rules']).toHaveLength(3);
    expect(Number(after['revision_number'])).toBe(Number(group['revision_number']) + 1);
  });

  test('in use is neither deleted nor made stateless, and takes its references along when it goes', async () => {
    const { network } = await networkWithSubnet(server, 'alice');
    const [group, other] = [await create('used'), await create('other')];
    const id = idOf(group);
    await addRule(other, { remote_group_id: id });
    const port = await instancePort(server, network, { security_groups: [id] });
    expect(await refusal(server.groups.groups.delete?.(alice, id))).toBe('409 SecurityGroupInUse');
    expect(await refusal(server.groups.groups.update?.(alice, id, { stateful: false }))).toBe('409 SecurityGroupInUse');
    await server.core.ports.delete?.(admin, idOf(port));
    await server.groups.groups.delete?.(alice, id);
    expect(await refusal(server.groups.groups.get(alice, id))).toBe('404 SecurityGroupNotFound');
    expect((await server.groups.groups.get(alice, idOf(other)))['security_group_rules']).toHaveLength(2);
  });

  test('is not another project\'s to see, change or refer to', async () => {
    const bob = member('bob');
    const group = await create('secret');
    const id = idOf(group);
    const own = await create('own', bob);
    expect(await refusal(server.groups.groups.get(bob, id))).toBe('404 SecurityGroupNotFound');
    expect(await refusal(server.groups.groups.delete?.(bob, id))).toBe('404 SecurityGroupNotFound');
    expect(await refusal(addRule(group, {}, bob))).toBe('404 SecurityGroupNotFound');
    expect(await refusal(addRule(group, { project_id: 'alice' }, bob))).toBe('404 SecurityGroupNotFound');
    expect(await refusal(addRule(own, { remote_group_id: id }, bob))).toBe('404 SecurityGroupNotFound');
    expect((await list(bob)).map(({ name }) => name).toSorted()).toEqual(['default', 'own']);
    expect((await list(admin, { id: [id] })).map(({ name }) => name)).toEqual(['secret']);
  });

  test('of the wrong revision is not changed', async () => {
    const group = await create('web');
    expect(await refusal(server.groups.groups.update?.(alice, idOf(group), { description: 'x' }, { revisionNumber: 7 }))).toBe('412 RevisionNumberConstraintFailed');
  });

  test('stateless cannot share a port with a stateful one', async () => {
    const { network } = await networkWithSubnet(server, 'alice');
    const [stateful, stateless] = [await create('a'), (await server.groups.groups.create?.(alice, [{ name: 'b', project_id: 'alice', stateful: false }]))?.[0]];
    expect(await refusal(instancePort(server, network, { security_groups: [idOf(stateful), idOf(stateless)] }))).toBe('409 SecurityGroupConflict');
  });

  test('lists cost as many queries for thirty groups as for one', async () => {
    await list();
    const cost = (): Promise<number> => server.during(list);
    const few = await cost();
    for (let n = 0; n < 30; n++) await create(`g${n}`);
    expect(await cost()).toBe(few);
  });
});

describe('rules', () => {
  test('that are there already are refused with the id of the one there', async () => {
    const group = await create('web');
    const first = await addRule(group, { protocol: 'tcp', port_range_min: 80, port_range_max: 80 });
    await expect(addRule(group, { protocol: '6', port_range_min: 80, port_range_max: 80 })).rejects.toThrow(idOf(first));
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refusal(addRule(group, { protocol: 'udp' }))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
  });

  test('come many at once, all or none', async () => {
    const group = await create('web');
    const body = { security_group_id: group['id'], project_id: 'alice', direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' };
    const ports = (numbers: readonly number[]): JsonObject[] => numbers.map((port) => ({ ...body, port_range_min: port, port_range_max: port }));
    expect(await refusal(server.groups.rules.create?.(alice, ports([1, 2, 1])))).toBe('409 DuplicateSecurityGroupRuleInPost');
    expect(await refusal(server.groups.rules.create?.(alice, [...ports([1]), { ...body, security_group_id: 'x' }]))).toBe('400 SecurityGroupNotSingleGroupRules');
    expect(await refusal(server.groups.rules.create?.(alice, [...ports([1]), ...ports([0])]))).toBe('400 SecurityGroupInvalidPortValue');
    expect(await server.groups.rules.list(alice, { ...listAll, filters: { protocol: ['tcp'] } })).toEqual([]);
    expect((await server.groups.rules.create?.(alice, ports([1, 2, 3])))?.map((rule) => rule['port_range_min'])).toEqual([1, 2, 3]);
    expect(await server.groups.rules.list(alice, { ...listAll, filters: { security_group_id: [idOf(group)], port_range_min: [1, 3] } })).toHaveLength(2);
  });
});
