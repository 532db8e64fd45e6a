import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice } from '../../support/callers.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest();

const { status, outcome, object, list, create } = shortCalls(server);
const defaultGroup = async (): Promise<string> => String((await list(alice, '/v2.0/security-groups?name=default'))[0]?.['id']);
const message = async (path: string, body: JsonObject): Promise<unknown> => (await object(alice, 'POST', path, body))['message'];

describe('the default group', () => {
  it('is there before anything asks for it by its rules', async () => {
    const rules = await list(alice, '/v2.0/security-group-rules');
    expect(rules.map((rule) => `${String(rule['direction'])} ${String(rule['ethertype'])} ${rule['remote_group_id'] === null ? 'all' : 'members'}`).toSorted()).toEqual([
      'egress IPv4 all', 'egress IPv6 all', 'ingress IPv4 members', 'ingress IPv6 members',
    ]);
  });

  it('keeps its name, whoever asks, and no other group gets it', async () => {
    const url = `/v2.0/security-groups/${await defaultGroup()}`;
    for (const who of [alice, admin]) {
      expect(await outcome(who, 'PUT', url, { security_group: { name: 'other' } })).toBe('409 SecurityGroupCannotUpdateDefault');
      expect(await outcome(who, 'PUT', url, { security_group: { name: 'default' } })).toBe('409 SecurityGroupDefaultAlreadyExists');
    }
    expect(await object(alice, 'PUT', url, { security_group: { description: 'ours' } })).toMatchObject({ name: 'default', description: 'ours' });
    const other = await create(alice, 'security_group', { name: ' web ' });
    expect(await outcome(alice, 'PUT', `/v2.0/security-groups/${other}`, { security_group: { name: 'DEFAULT' } })).toBe('409 SecurityGroupDefaultAlreadyExists');
    expect(await outcome(alice, 'POST', '/v2.0/security-groups', { security_group: { name: 'Default' } })).toBe('409 SecurityGroupDefaultAlreadyExists');
  });

  it('is deleted by admins alone, when no port has it, and comes again', async () => {
    const id = await defaultGroup();
    const port = await create(alice, 'port', { network_id: await create(alice, 'network', {}) });
    expect(await outcome(alice, 'DELETE', `/v2.0/security-groups/${id}`)).toBe('409 SecurityGroupInUse');
    await server().request(alice, 'DELETE', `/v2.0/ports/${port}`);
    expect(await outcome(alice, 'DELETE', `/v2.0/security-groups/${id}`)).toBe('409 SecurityGroupCannotRemoveDefault');
    expect(await status(admin, 'DELETE', `/v2.0/security-groups/${id}`)).toBe(204);
    expect(await defaultGroup()).not.toBe(id);
  });
});

describe('groups', () => {
  it('are made many at once with their own rules, for several projects too', async () => {
    const bodies = ['alice', 'bob', 'alice'].map((project_id, n) => ({ project_id, name: `g${n}` }));
    const made = (await object(admin, 'POST', '/v2.0/security-groups', { security_groups: bodies })) as unknown as readonly JsonObject[];
    expect(made.map((group) => [group['name'], group['project_id'], (group['security_group_rules'] as readonly JsonObject[]).map((rule) => rule['project_id'])])).toEqual([
      ['g0', 'alice', ['alice', 'alice']], ['g1', 'bob', ['bob', 'bob']], ['g2', 'alice', ['alice', 'alice']],
    ]);
    expect((await list(admin, '/v2.0/security-groups?project_id=bob')).map((group) => group['name']).toSorted()).toEqual(['default', 'g1']);
  });

  it('count with the rules that they begin with against both quotas', async () => {
    await server().request(admin, 'PUT', '/v2.0/quotas/alice', { quota: { security_group_rule: 5 } });
    await defaultGroup();
    const refused = await server().request(alice, 'POST', '/v2.0/security-groups', { security_group: { name: 'web' } });
    expect(refused.body['NeutronError']).toMatchObject({ type: 'OverQuota', message: "Quota exceeded for resources: ['security_group_rule']." });
    await server().request(admin, 'PUT', '/v2.0/quotas/alice', { quota: { security_group_rule: 6, security_group: 2 } });
    await create(alice, 'security_group', { name: 'web' });
    expect(await outcome(alice, 'POST', '/v2.0/security-groups', { security_group: { name: 'more' } })).toBe('409 OverQuota');
  });

  it('are listed without their rules where nobody asks for those', async () => {
    expect(await list(alice, '/v2.0/security-groups?fields=name')).toEqual([{ name: 'default' }]);
    expect((await list(alice, '/v2.0/security-groups?fields=security_group_rules'))[0]?.['security_group_rules']).toHaveLength(4);
  });
});

describe('a rule', () => {
  it.each([
    ['SecurityGroupProtocolRequiredWithPorts', { port_range_min: 1, port_range_max: 2, remote_ip_prefix: 'fd00::/8' }],
    ['SecurityGroupInvalidPortRange', { protocol: 'tcp', port_range_min: 3, port_range_max: 2, remote_ip_prefix: 'fd00::/8' }],
    ['SecurityGroupRuleParameterConflict', { protocol: 'ipv6-icmp', remote_ip_prefix: 'fd00::/8' }],
    ['SecurityGroupEthertypeConflictWithProtocol', { protocol: 'ipv6-icmp', remote_ip_prefix: '10.0.0.0/8', remote_group_id: 'x' }],
    ['SecurityGroupMultipleRemoteEntites', { protocol: 'tcp', remote_ip_prefix: '10.0.0.0/8', remote_group_id: 'x' }],
    ['SecurityGroupInvalidProtocolForPort', { protocol: 'gre', port_range_min: 1, port_range_max: 2 }],
    ['SecurityGroupRuleInvalidProtocol', { protocol: 'nonsense' }],
    ['SecurityGroupInvalidPortValue', { protocol: 'tcp', port_range_min: 70_000 }],
    ['InvalidCIDR', { remote_ip_prefix: '10.0.0.0/33' }],
  ])('with more than one fault is told of the first that Neutron finds: %s', async (type, attributes) => {
    const security_group_id = await defaultGroup();
    expect(await outcome(alice, 'POST', '/v2.0/security-group-rules', { security_group_rule: { security_group_id, direction: 'ingress', ...attributes } })).toBe(`400 ${type}`);
  });

  it('is told what is wrong in the words that clients know', async () => {
    const rule = { security_group_id: await defaultGroup(), direction: 'ingress' };
    expect(await message('/v2.0/security-group-rules', { security_group_rule: { ...rule, protocol: 'gre', port_range_min: 1 } })).toBe(
      'Ports cannot be specified for protocol 47. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.',
    );
    expect(await message('/v2.0/security-group-rules', { security_group_rule: { ...rule, remote_group_id: 'x', security_group_id: 'y' } })).toBe('Security group x does not exist');
  });

  it('made many at once is made in full or not at all, also where they are thousands', async () => {
    await server().request(admin, 'PUT', '/v2.0/quotas/alice', { quota: { security_group_rule: -1 } });
    const security_group_id = await create(alice, 'security_group', { name: 'web' });
    const security_group_rules = Array.from({ length: 2500 }, (_, n) => ({ security_group_id, direction: 'ingress', protocol: 'tcp', port_range_min: n + 1, port_range_max: n + 1 }));
    expect(await status(alice, 'POST', '/v2.0/security-group-rules', { security_group_rules })).toBe(201);
    expect((await object(alice, 'GET', `/v2.0/security-groups/${security_group_id}`))['security_group_rules']).toHaveLength(2502);
    expect(await outcome(alice, 'POST', '/v2.0/security-group-rules', { security_group_rule: security_group_rules[7] ?? null })).toBe('409 SecurityGroupRuleExists');
  });

  it('that an admin puts into a group is seen by the owner of the group, who cannot delete it', async () => {
    const security_group_id = await defaultGroup();
    const id = await create(admin, 'security_group_rule', { security_group_id, direction: 'ingress', protocol: 'tcp' });
    expect(await status(alice, 'GET', `/v2.0/security-group-rules/${id}`)).toBe(200);
    expect(await status(alice, 'DELETE', `/v2.0/security-group-rules/${id}`)).toBe(403);
    expect(await status(admin, 'DELETE', `/v2.0/security-group-rules/${id}`)).toBe(204);
  });
});
