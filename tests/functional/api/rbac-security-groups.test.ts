import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob, carol } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest();

const { status, outcome, object, list, create } = shortCalls(server);
const group = (owner: Caller): Promise<string> => create(owner, 'security_group', { name: 'web' });
const share = (who: Caller, object_id: string, target_tenant: string): Promise<string> => create(who, 'rbac_policy', { object_type: 'security_group', object_id, action: 'access_as_shared', target_tenant });
const portIn = async (owner: Caller, security_groups: readonly string[]): Promise<string> => create(owner, 'port', { network_id: await create(owner, 'network', {}), security_groups });
const ids = (objects: readonly JsonObject[]): readonly unknown[] => objects.map((each) => each['id']);

describe('a security group shared with a project', () => {
  it('is seen there as shared, with its rules, and nowhere else', async () => {
    const id = await group(alice);
    const url = `/v2.0/security-groups/${id}`;
    expect(await status(bob, 'GET', url)).toBe(404);
    await share(alice, id, 'bob');
    const seen = await object(bob, 'GET', url);
    expect(seen).toMatchObject({ id, project_id: 'alice', shared: true });
    expect(seen['security_group_rules']).toHaveLength(2);
    expect(await object(alice, 'GET', url)).toMatchObject({ shared: false });
    expect(await status(carol, 'GET', url)).toBe(404);
    expect(ids(await list(bob, '/v2.0/security-groups?shared=true'))).toEqual([id]);
    expect(ids(await list(bob, '/v2.0/security-groups?shared=false'))).not.toContain(id);
    expect(await list(bob, '/v2.0/security-groups')).toHaveLength(2);
    expect(await list(alice, '/v2.0/security-groups?shared=true')).toEqual([]);
    expect(ids(await list(carol, '/v2.0/security-groups'))).not.toContain(id);
    // Rules of others are seen in their group, not in the list of one's own.
    expect(await list(bob, `/v2.0/security-group-rules?security_group_id=${id}`)).toEqual([]);
  });

  it('goes on the ports of that project, whatever else is on them', async () => {
    const id = await group(alice);
    expect(await outcome(bob, 'POST', '/v2.0/ports', { port: { network_id: await create(bob, 'network', {}), security_groups: [id] } })).toBe('404 SecurityGroupNotFound');
    await share(alice, id, 'bob');
    const own = await group(bob);
    const port = await portIn(bob, [id]);
    expect(await object(bob, 'PUT', `/v2.0/ports/${port}`, { port: { security_groups: [id, own] } })).toMatchObject({ security_groups: [id, own].toSorted() });
    expect(await outcome(carol, 'POST', '/v2.0/ports', { port: { network_id: await create(carol, 'network', {}), security_groups: [id] } })).toBe('404 SecurityGroupNotFound');
  });

  it('may be the other end of rules there', async () => {
    const [id, own] = [await group(alice), await group(bob)];
    const rule = { security_group_rule: { security_group_id: own, direction: 'ingress', remote_group_id: id } };
    expect(await outcome(bob, 'POST', '/v2.0/security-group-rules', rule)).toBe('404 SecurityGroupNotFound');
    await share(alice, id, 'bob');
    expect(await status(bob, 'POST', '/v2.0/security-group-rules', rule)).toBe(201);
  });

  it('is not for that project to change, to delete, or to share on', async () => {
    const id = await group(alice);
    await share(alice, id, 'bob');
    expect(await status(bob, 'PUT', `/v2.0/security-groups/${id}`, { security_group: { name: 'mine' } })).toBe(403);
    expect(await status(bob, 'DELETE', `/v2.0/security-groups/${id}`)).toBe(403);
    expect(await status(bob, 'PUT', `/v2.0/security-groups/${id}/tags/mine`)).toBe(403);
    expect(await status(bob, 'POST', '/v2.0/security-group-rules', { security_group_rule: { security_group_id: id, direction: 'ingress' } })).toBe(403);
    expect((await object(alice, 'GET', `/v2.0/security-groups/${id}`))['security_group_rules']).toHaveLength(2);
    expect(await outcome(bob, 'POST', '/v2.0/rbac-policies', { rbac_policy: { object_type: 'security_group', object_id: id, action: 'access_as_shared', target_tenant: 'carol' } })).toBe('400 InvalidInput');
    expect(await list(bob, '/v2.0/rbac-policies')).toEqual([]);
  });

  it('stays shared while a port there has it; ports of its owner do not count', async () => {
    const id = await group(alice);
    const policy = `/v2.0/rbac-policies/${await share(alice, id, 'bob')}`;
    await portIn(alice, [id]);
    const port = await portIn(bob, [id]);
    expect(await object(alice, 'DELETE', policy)).toEqual({
      type: 'RbacPolicyInUse', message: `RBAC policy on object ${id} cannot be removed because other objects depend on it.\nDetails: project_id=bob`, detail: '',
    });
    expect(await outcome(alice, 'PUT', policy, { rbac_policy: { target_tenant: 'carol' } })).toBe('409 RbacPolicyInUse');
    const all = `/v2.0/rbac-policies/${await share(admin, id, '*')}`;
    expect(await status(alice, 'DELETE', policy)).toBe(204);
    expect(await outcome(admin, 'DELETE', all)).toBe('409 RbacPolicyInUse');
    expect(await status(admin, 'PUT', all, { rbac_policy: { target_tenant: 'bob' } })).toBe(200);
    expect(await outcome(admin, 'DELETE', all)).toBe('409 RbacPolicyInUse');
    await server().request(bob, 'DELETE', `/v2.0/ports/${port}`);
    expect(await status(admin, 'DELETE', all)).toBe(204);
  });

  it('takes its policies along, and refuses to be external', async () => {
    const id = await group(alice);
    await share(alice, id, 'bob');
    const external = await server().request(alice, 'POST', '/v2.0/rbac-policies', { rbac_policy: { object_type: 'security_group', object_id: id, action: 'access_as_external', target_tenant: 'bob' } });
    expect(external.body['NeutronError']).toMatchObject({ type: 'InvalidActionForType', message: "Invalid action 'access_as_external' for object type 'security_group'. Valid actions: ('access_as_shared',)" });
    expect(await list(alice, '/v2.0/rbac-policies?object_type=security_group')).toHaveLength(1);
    expect(await list(alice, '/v2.0/rbac-policies?object_type=network')).toEqual([]);
    expect(await status(alice, 'DELETE', `/v2.0/security-groups/${id}`)).toBe(204);
    expect(await list(alice, '/v2.0/rbac-policies')).toEqual([]);
  });
});
