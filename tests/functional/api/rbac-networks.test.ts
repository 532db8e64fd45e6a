import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob, carol } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router\n');

const { status, outcome, object, list, create } = shortCalls(server);
const network = (owner: Caller, more: JsonObject = {}): Promise<string> => create(owner, 'network', more);
const wanted = (object_id: string, target_tenant: string, more: JsonObject): JsonObject => ({ object_type: 'network', object_id, action: 'access_as_shared', target_tenant, ...more });
const policy = (object_id: string, target: string, more: JsonObject = {}): JsonObject => ({ rbac_policy: wanted(object_id, target, more) });
const share = (who: Caller, id: string, target: string, more: JsonObject = {}): Promise<string> => create(who, 'rbac_policy', wanted(id, target, more));

describe('a network shared with one project', () => {
  it('is seen and used by that project and by no other', async () => {
    const id = await network(alice);
    expect(await status(bob, 'GET', `/v2.0/networks/${id}`)).toBe(404);
    await share(alice, id, 'bob');
    expect(await object(bob, 'GET', `/v2.0/networks/${id}`)).toMatchObject({ shared: true, project_id: 'alice' });
    expect(await object(alice, 'GET', `/v2.0/networks/${id}`)).toMatchObject({ shared: false });
    expect(await status(carol, 'GET', `/v2.0/networks/${id}`)).toBe(404);
    await server().create(bob, '/v2.0/ports', { port: { network_id: id } });
    expect(await status(carol, 'POST', '/v2.0/ports', { port: { network_id: id } })).toBe(404);
    expect((await list(bob, '/v2.0/networks?shared=true')).map((each) => each['id'])).toEqual([id]);
    expect(await list(alice, '/v2.0/networks?shared=true')).toEqual([]);
  });

  it('is not for that project to change, nor to share on', async () => {
    const id = await network(alice);
    const shared = await share(alice, id, 'bob');
    expect(await status(bob, 'PUT', `/v2.0/networks/${id}`, { network: { name: 'mine' } })).toBe(403);
    expect(await status(bob, 'DELETE', `/v2.0/networks/${id}`)).toBe(403);
    const answer = await server().request(bob, 'POST', '/v2.0/rbac-policies', policy(id, 'carol'));
    expect(answer.body['NeutronError']).toMatchObject({ type: 'InvalidInput', message: 'Invalid input for operation: Only admins can manipulate policies on networks they do not own.' });
    expect(answer.status).toBe(400);
    for (const method of ['GET', 'DELETE']) expect(await outcome(bob, method, `/v2.0/rbac-policies/${shared}`)).toBe('404 RbacPolicyNotFound');
    expect(await outcome(bob, 'PUT', `/v2.0/rbac-policies/${shared}`, { rbac_policy: { target_tenant: 'carol' } })).toBe('404 RbacPolicyNotFound');
    expect(await list(bob, '/v2.0/rbac-policies')).toEqual([]);
  });

  it('stays shared while that project has ports on it', async () => {
    const id = await network(alice);
    const shared = await share(alice, id, 'bob');
    const port = await server().create(bob, '/v2.0/ports', { port: { network_id: id } });
    const refused = await server().request(alice, 'DELETE', `/v2.0/rbac-policies/${shared}`);
    expect(refused.status).toBe(409);
    expect(refused.body['NeutronError']).toMatchObject({ type: 'RbacPolicyInUse', message: expect.stringContaining(`RBAC policy on object ${id} cannot be removed because other objects depend on it.\nDetails: `) });
    expect(await outcome(alice, 'PUT', `/v2.0/rbac-policies/${shared}`, { rbac_policy: { target_tenant: 'carol' } })).toBe('409 RbacPolicyInUse');
    // Everybody may use it: nobody depends on the one policy any more.
    const all = await share(admin, id, '*');
    expect(await status(alice, 'DELETE', `/v2.0/rbac-policies/${shared}`)).toBe(204);
    expect(await outcome(admin, 'DELETE', `/v2.0/rbac-policies/${all}`)).toBe('409 RbacPolicyInUse');
    expect(await outcome(admin, 'PUT', `/v2.0/networks/${id}`, { network: { shared: false } })).toBe('409 InvalidSharedSetting');
    await server().request(bob, 'DELETE', `/v2.0/ports/${String(port['id'])}`);
    expect(await status(admin, 'DELETE', `/v2.0/rbac-policies/${all}`)).toBe(204);
    expect(await status(bob, 'GET', `/v2.0/networks/${id}`)).toBe(404);
  });

  it('may be given to another project instead, or back to its owner, whose ports need no policy', async () => {
    const id = await network(alice);
    await server().create(alice, '/v2.0/ports', { port: { network_id: id } });
    const shared = await share(alice, id, 'alice');
    expect((await server().request(alice, 'PUT', `/v2.0/rbac-policies/${shared}`, { rbac_policy: { target_tenant: 'bob' } })).body['rbac_policy']).toEqual({
      id: shared, object_type: 'network', object_id: id, action: 'access_as_shared', target_tenant: 'bob', tenant_id: 'alice', project_id: 'alice',
    });
    expect(await status(bob, 'GET', `/v2.0/networks/${id}`)).toBe(200);
    await share(alice, id, 'carol');
    expect(await outcome(alice, 'PUT', `/v2.0/rbac-policies/${shared}`, { rbac_policy: { target_tenant: 'carol' } })).toBe('409 DuplicateRbacPolicy');
    expect(await status(alice, 'PUT', `/v2.0/rbac-policies/${shared}`, { rbac_policy: { object_id: id } })).toBe(400);
  });

  it('bears a new revision', async () => {
    const id = await network(alice);
    const revision = async (): Promise<number> => Number((await object(alice, 'GET', `/v2.0/networks/${id}`))['revision_number']);
    const before = await revision();
    const shared = await share(alice, id, 'bob');
    const made = await revision();
    expect(made).toBeGreaterThan(before);
    await server().request(alice, 'DELETE', `/v2.0/rbac-policies/${shared}`);
    expect(await revision()).toBeGreaterThan(made);
  });
});

describe('RBAC policies', () => {
  it('with everybody for a target are for admins', async () => {
    const id = await network(alice);
    expect(await status(alice, 'POST', '/v2.0/rbac-policies', policy(id, '*'))).toBe(403);
    expect(await status(alice, 'POST', '/v2.0/rbac-policies', policy(id, '*', { action: 'access_as_external' }))).toBe(403);
    const own = await share(alice, id, 'bob');
    expect(await status(alice, 'PUT', `/v2.0/rbac-policies/${own}`, { rbac_policy: { target_tenant: '*' } })).toBe(403);
    expect(await status(admin, 'PUT', `/v2.0/rbac-policies/${own}`, { rbac_policy: { target_tenant: '*' } })).toBe(200);
    expect(await status(carol, 'GET', `/v2.0/networks/${id}`)).toBe(200);
  });

  it('exist once for each object, action and target, also of one request and of many at once', async () => {
    const id = await network(alice);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcome(alice, 'POST', '/v2.0/rbac-policies', policy(id, 'bob'))));
    expect(outcomes.toSorted()).toEqual(['201', ...Array.from({ length: 7 }, () => '409 DuplicateRbacPolicy')]);
    const twice = { rbac_policies: [wanted(id, 'carol', {}), wanted(id, 'carol', {})] };
    expect(await outcome(alice, 'POST', '/v2.0/rbac-policies', twice)).toBe('409 DuplicateRbacPolicy');
    expect(await list(alice, '/v2.0/rbac-policies')).toHaveLength(1);
  });

  it.each([
    ['no object type', { object_type: null }],
    ['an unknown object type', { object_type: 'router' }],
    ['an action that networks do not have', { action: 'access_as_owner' }],
    ['an object that does not exist', { object_id: '00000000-0000-4000-8000-000000000000' }],
    ['an id that is none', { object_id: 'x' }],
    ['no target', { target_tenant: null }],
    ['a target that is too long', { target_tenant: 'x'.repeat(256) }],
    ['another project for an owner', { project_id: 'bob' }],
    ['an attribute that there is not', { shared: true }],
  ])('are refused with %s', async (_title, more) => {
    const id = await network(alice);
    expect(await status(alice, 'POST', '/v2.0/rbac-policies', policy(id, 'bob', more))).toBe(400);
    expect(await list(admin, '/v2.0/rbac-policies')).toEqual([]);
  });

  it("are refused on another project's network as if it were not there", async () => {
    const id = await network(alice);
    const message = async (object: string): Promise<string> => JSON.stringify((await server().request(bob, 'POST', '/v2.0/rbac-policies', policy(object, 'bob'))).body).replaceAll(object, 'ID');
    expect(await message(id)).toBe(await message('00000000-0000-4000-8000-000000000000'));
  });

  it('made by an admin for another project are seen by that one, which cannot pass on what it does not own', async () => {
    const id = await network(admin);
    const given = await share(admin, id, 'bob', { project_id: 'bob' });
    expect((await list(bob, '/v2.0/rbac-policies')).map((each) => each['id'])).toEqual([given]);
    expect(await outcome(bob, 'PUT', `/v2.0/rbac-policies/${given}`, { rbac_policy: { target_tenant: 'carol' } })).toBe('409 RbacPolicyInUse');
    expect(await status(bob, 'DELETE', `/v2.0/rbac-policies/${given}`)).toBe(204);
  });

  it('are found by each of their attributes, shown in part, and cut into pages', async () => {
    const id = await network(alice);
    const [toBob, toCarol] = [await share(alice, id, 'bob'), await share(alice, id, 'carol', { action: 'access_as_external' })];
    const ids = async (query: string): Promise<readonly unknown[]> => (await list(alice, `/v2.0/rbac-policies?${query}`)).map((each) => each['id']);
    for (const query of [`id=${toBob}`, 'target_tenant=bob', 'action=access_as_shared', `target_tenant=bob&object_id=${id}&object_type=network&tenant_id=alice`]) expect(await ids(query), query).toEqual([toBob]);
    expect(await ids('target_tenant=bob&target_tenant=carol')).toEqual([toBob, toCarol].toSorted());
    expect(await status(alice, 'GET', '/v2.0/rbac-policies?object_type=router')).toBe(400);
    expect(await list(alice, `/v2.0/rbac-policies?id=${toBob}&fields=project_id&fields=target_tenant`)).toEqual([{ project_id: 'alice', target_tenant: 'bob' }]);
    const [first] = await ids('limit=1');
    expect([first, ...(await ids(`limit=1&marker=${String(first)}`))]).toEqual([toBob, toCarol].toSorted());
  });

  it('count against the quota of the project that they belong to', async () => {
    expect((await server().request(alice, 'GET', '/v2.0/quotas/alice')).body['quota']).toMatchObject({ rbac_policy: 10 });
    await server().request(admin, 'PUT', '/v2.0/quotas/alice', { quota: { rbac_policy: 2 } });
    const id = await network(alice);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((target) => outcome(alice, 'POST', '/v2.0/rbac-policies', policy(id, target))));
    expect(answers.filter((answer) => answer === '409 OverQuota')).toHaveLength(2);
    expect((await server().request(alice, 'GET', '/v2.0/quotas/alice/details.json')).body['quota']).toMatchObject({ rbac_policy: { limit: 2, used: 2, reserved: 0 } });
  });

  it('go with their network', async () => {
    const id = await network(alice);
    await share(alice, id, 'bob');
    expect(await status(alice, 'DELETE', `/v2.0/networks/${id}`)).toBe(204);
    expect(await list(admin, '/v2.0/rbac-policies')).toEqual([]);
  });
});

describe('an external network', () => {
  const external = async (who: Caller, id: string): Promise<unknown> => (await object(who, 'GET', `/v2.0/networks/${id}`))['router:external'];

  it('is one that somebody may use so, to all that see it', async () => {
    const id = await network(alice);
    await share(alice, id, 'bob', { action: 'access_as_external' });
    for (const who of [admin, alice, bob]) expect(await external(who, id)).toBe(true);
    expect(await status(carol, 'GET', `/v2.0/networks/${id}`)).toBe(404);
    expect(await list(admin, '/v2.0/networks?router:external=true')).toHaveLength(1);
    expect(await list(admin, '/v2.0/networks?router:external=false')).toHaveLength(0);
    expect(await status(bob, 'POST', '/v2.0/ports', { port: { network_id: id } })).toBe(403);
  });

  it('is no longer one when its last policy goes', async () => {
    const id = await network(admin);
    const [toBob, toCarol] = [await share(admin, id, 'bob', { action: 'access_as_external' }), await share(admin, id, 'carol', { action: 'access_as_external' })];
    await server().request(admin, 'DELETE', `/v2.0/rbac-policies/${toBob}`);
    expect(await external(admin, id)).toBe(true);
    await server().request(admin, 'DELETE', `/v2.0/rbac-policies/${toCarol}`);
    expect(await external(admin, id)).toBe(false);
  });

  it('and the policy that makes it one for everybody are the same thing', async () => {
    const wildcards = async (id: string): Promise<number> => (await list(admin, `/v2.0/rbac-policies?object_id=${id}&action=access_as_external&target_tenant=*`)).length;
    const id = await network(admin, { 'router:external': true });
    expect(await wildcards(id)).toBe(1);
    await server().request(admin, 'PUT', `/v2.0/networks/${id}`, { network: { 'router:external': false } });
    expect(await wildcards(id)).toBe(0);
    await server().request(admin, 'PUT', `/v2.0/networks/${id}`, { network: { 'router:external': true } });
    expect(await wildcards(id)).toBe(1);
  });

  it('made internal is no longer external for anybody', async () => {
    const id = await network(admin);
    await share(admin, id, 'bob', { action: 'access_as_external' });
    await server().request(admin, 'PUT', `/v2.0/networks/${id}`, { network: { 'router:external': true } });
    expect(await list(admin, `/v2.0/rbac-policies?object_id=${id}`)).toHaveLength(1);
    await server().request(admin, 'PUT', `/v2.0/networks/${id}`, { network: { 'router:external': false } });
    expect(await list(admin, `/v2.0/rbac-policies?object_id=${id}`)).toEqual([]);
    expect(await status(bob, 'GET', `/v2.0/networks/${id}`)).toBe(404);
  });

  it('stays external while gateways are on it', async () => {
    const id = await network(admin);
    const only = await share(admin, id, 'bob', { action: 'access_as_external' });
    await server().create(admin, '/v2.0/ports', { port: { network_id: id, device_owner: 'network:router_gateway' } });
    expect(await outcome(admin, 'DELETE', `/v2.0/rbac-policies/${only}`)).toBe('409 RbacPolicyInUse');
    expect(await status(admin, 'PUT', `/v2.0/rbac-policies/${only}`, { rbac_policy: { target_tenant: '*' } })).toBe(200);
  });

  it('is used by those that may, who do not see its subnets, and by no others', async () => {
    const id = await network(admin);
    const subnet = await create(admin, 'subnet', { network_id: id, cidr: '203.0.113.0/24', ip_version: 4 });
    const inside = await create(alice, 'subnet', { network_id: await network(alice), cidr: '10.0.0.0/24', ip_version: 4 });
    await share(admin, id, 'bob', { action: 'access_as_external' });
    expect(await object(admin, 'GET', `/v2.0/subnets/${subnet}`)).toMatchObject({ 'router:external': true });
    expect((await list(admin, '/v2.0/subnets?router:external=true')).map((each) => each['id'])).toEqual([subnet]);
    expect((await list(alice, '/v2.0/subnets?router:external=false')).map((each) => each['id'])).toEqual([inside]);
    expect(await object(alice, 'GET', `/v2.0/subnets/${inside}`)).toMatchObject({ 'router:external': false });
    for (const who of [bob, carol]) {
      expect(await list(who, '/v2.0/subnets')).toEqual([]);
      expect(await outcome(who, 'GET', `/v2.0/subnets/${subnet}`)).toBe('404 SubnetNotFound');
      expect(await outcome(who, 'DELETE', `/v2.0/subnets/${subnet}`)).toBe('404 SubnetNotFound');
    }
    await create(bob, 'router', { external_gateway_info: { network_id: id } });
    await create(bob, 'floatingip', { floating_network_id: id });
    expect(await outcome(carol, 'POST', '/v2.0/routers', { router: { external_gateway_info: { network_id: id } } })).toBe('404 NetworkNotFound');
    expect(await outcome(carol, 'POST', '/v2.0/floatingips', { floatingip: { floating_network_id: id } })).toBe('404 NetworkNotFound');
  });

  it('stays so for those whose routers have their gateways on it', async () => {
    const id = await network(admin);
    await create(admin, 'subnet', { network_id: id, cidr: '203.0.113.0/24', ip_version: 4 });
    const [toBob, toCarol] = [await share(admin, id, 'bob', { action: 'access_as_external' }), await share(admin, id, 'carol', { action: 'access_as_external' })];
    const router = await create(bob, 'router', { external_gateway_info: { network_id: id } });
    const give = (policyId: string, target: string): Promise<string> => outcome(admin, 'PUT', `/v2.0/rbac-policies/${policyId}`, { rbac_policy: { target_tenant: target } });
    const end = (policyId: string): Promise<string> => outcome(admin, 'DELETE', `/v2.0/rbac-policies/${policyId}`);
    expect(await end(toBob)).toBe('409 RbacPolicyInUse');
    expect(await give(toBob, 'alice')).toBe('409 RbacPolicyInUse');
    expect(await end(toCarol)).toBe('204');
    expect(await give(toBob, '*')).toBe('200');
    expect(await give(toBob, 'alice')).toBe('409 RbacPolicyInUse');
    const again = await share(admin, id, 'bob', { action: 'access_as_external' });
    expect(await give(toBob, 'alice')).toBe('200');
    expect(await end(again)).toBe('409 RbacPolicyInUse');
    expect(await outcome(admin, 'PUT', `/v2.0/networks/${id}`, { network: { 'router:external': false } })).toBe('409 ExternalNetworkInUse');
    expect(await status(bob, 'DELETE', `/v2.0/routers/${router}`)).toBe(204);
    // A floating IP that leads nowhere keeps its address.
    await create(bob, 'floatingip', { floating_network_id: id });
    expect(await end(again)).toBe('204');
    expect(await outcome(admin, 'PUT', `/v2.0/networks/${id}`, { network: { 'router:external': false } })).toBe('200');
    expect(await list(bob, '/v2.0/floatingips')).toHaveLength(1);
  });
});
