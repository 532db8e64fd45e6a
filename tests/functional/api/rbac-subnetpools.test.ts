import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob, carol } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest();

const { status, outcome, object, list, create } = shortCalls(server);
const pool = (owner: Caller, more: JsonObject = {}): Promise<string> => create(owner, 'subnetpool', { name: 'pool', prefixes: ['10.0.0.0/8'], default_prefixlen: 24, ...more });
const scope = (owner: Caller): Promise<string> => create(owner, 'address_scope', { name: 'scope', ip_version: 4 });
const policy = (object_type: string, object_id: string, target_tenant: string): JsonObject => ({ object_type, object_id, action: 'access_as_shared', target_tenant });
const share = (who: Caller, type: string, id: string, target: string): Promise<string> => create(who, 'rbac_policy', policy(type, id, target));
const refused = (who: Caller, type: string, id: string, target: string): Promise<string> => outcome(who, 'POST', '/v2.0/rbac-policies', { rbac_policy: policy(type, id, target) });
const subnetOf = async (who: Caller, id: string): Promise<JsonObject> => ({ subnet: { network_id: await create(who, 'network', {}), subnetpool_id: id, ip_version: 4 } });

describe.each([
  ['subnetpool', pool],
  ['address_scope', scope],
] as const)('a %s shared with a project', (type, make) => {
  const path = `/v2.0/${type.replace('_', '-')}s`;

  it('is seen there as shared, and nowhere else, and is its owner’s alone to change and share', async () => {
    const id = await make(alice);
    expect(await status(bob, 'GET', `${path}/${id}`)).toBe(404);
    const shared = `/v2.0/rbac-policies/${await share(alice, type, id, 'bob')}`;
    expect(await object(bob, 'GET', `${path}/${id}`)).toMatchObject({ id, shared: true, project_id: 'alice' });
    expect(await object(alice, 'GET', `${path}/${id}`)).toMatchObject({ shared: false });
    expect(await status(carol, 'GET', `${path}/${id}`)).toBe(404);
    expect((await list(bob, `${path}?shared=true`)).map((each) => each['id'])).toEqual([id]);
    expect(await status(bob, 'PUT', `${path}/${id}`, { [type]: { name: 'mine' } })).toBe(403);
    expect(await status(bob, 'DELETE', `${path}/${id}`)).toBe(403);
    expect(await refused(bob, type, id, 'carol')).toBe('400 InvalidInput');
    expect(await list(bob, '/v2.0/rbac-policies')).toEqual([]);
    expect(await object(alice, 'PUT', shared, { rbac_policy: { target_tenant: 'carol' } })).toMatchObject({ object_type: type, object_id: id, target_tenant: 'carol' });
    expect(await status(bob, 'GET', `${path}/${id}`)).toBe(404);
    expect(await status(carol, 'GET', `${path}/${id}`)).toBe(200);
  });

  it('made as shared with all is a policy like others', async () => {
    const id = await create(admin, type, { name: 'all', shared: true, ...(type === 'subnetpool' ? { prefixes: ['10.0.0.0/8'] } : { ip_version: 4 }) });
    expect(await list(admin, `/v2.0/rbac-policies?object_type=${type}`)).toEqual([expect.objectContaining({ object_id: id, target_tenant: '*', action: 'access_as_shared' })]);
    expect(await refused(admin, type, id, '*')).toBe('409 DuplicateRbacPolicy');
  });
});

describe('policies on subnet pools', () => {
  it('stay while that project has subnets of the pool', async () => {
    const id = await pool(alice);
    const request = await subnetOf(bob, id);
    expect(await status(bob, 'POST', '/v2.0/subnets', request)).toBe(404);
    const shared = `/v2.0/rbac-policies/${await share(alice, 'subnetpool', id, 'bob')}`;
    const subnet = await create(bob, 'subnet', request['subnet'] as JsonObject);
    expect(await outcome(alice, 'DELETE', shared)).toBe('409 RbacPolicyInUse');
    await server().request(bob, 'DELETE', `/v2.0/subnets/${subnet}`);
    expect(await status(alice, 'DELETE', shared)).toBe(204);
  });

  it('are for those who may use the address scope of the pool', async () => {
    const address_scope_id = await scope(admin);
    await share(admin, 'address_scope', address_scope_id, 'alice');
    const id = await pool(alice, { address_scope_id });
    expect(await object(alice, 'POST', '/v2.0/rbac-policies', { rbac_policy: policy('subnetpool', id, 'bob') })).toMatchObject({
      type: 'InvalidInput', message: expect.stringContaining(`Failed to create RBAC policy on object ${id} because target project doesn't have access to associated address scope.`),
    });
    const toAdmin = `/v2.0/rbac-policies/${await share(alice, 'subnetpool', id, 'admin')}`;
    expect(await outcome(alice, 'PUT', toAdmin, { rbac_policy: { target_tenant: 'bob' } })).toBe('400 InvalidInput');
    await share(admin, 'address_scope', address_scope_id, 'bob');
    expect(await status(alice, 'PUT', toAdmin, { rbac_policy: { target_tenant: 'bob' } })).toBe(200);
  });
});

describe('policies on address scopes', () => {
  it('stay while that project has pools in the scope', async () => {
    const address_scope_id = await scope(admin);
    const shared = `/v2.0/rbac-policies/${await share(admin, 'address_scope', address_scope_id, 'bob')}`;
    const id = await pool(bob, { address_scope_id });
    expect(await outcome(admin, 'DELETE', shared)).toBe('409 RbacPolicyInUse');
    await server().request(bob, 'DELETE', `/v2.0/subnetpools/${id}`);
    expect(await status(admin, 'DELETE', shared)).toBe(204);
  });
});
