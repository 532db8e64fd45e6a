import type { JsonObject } from '@neutrino/lib/json';
import { ForeignKeyViolation } from '@neutrino/server/db/errors';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob, carol } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest();

const { status, outcome, object, list, create } = shortCalls(server);
const group = (owner: Caller, addresses: readonly string[] = ['10.0.0.0/8']): Promise<string> => create(owner, 'address_group', { name: 'net', addresses });
const share = (who: Caller, object_id: string, target_tenant: string): Promise<string> => create(who, 'rbac_policy', { object_type: 'address_group', object_id, action: 'access_as_shared', target_tenant });
const change = (who: Caller, id: string, verb: 'add' | 'remove', addresses: unknown): Promise<string> => outcome(who, 'PUT', `/v2.0/address-groups/${id}/${verb}_addresses`, { addresses } as JsonObject);
const ruleWith = async (owner: Caller, more: JsonObject): Promise<JsonObject> => ({
  security_group_rule: { security_group_id: String((await list(owner, '/v2.0/security-groups'))[0]?.['id']), direction: 'ingress', ...more },
});
const addressesOf = async (id: string): Promise<unknown> => (await object(alice, 'GET', `/v2.0/address-groups/${id}`))['addresses'];

describe('an address group', () => {
  it('is made, shown, changed, found and deleted', async () => {
    const id = await group(alice, ['10.10.10.3/32', '192.168.0.10/24', '2001:db8::f00/64', '192.168.0.20/24']);
    const shown = { id, name: 'net', description: '', project_id: 'alice', tenant_id: 'alice', addresses: ['10.10.10.3/32', '192.168.0.0/24', '2001:db8::/64'] };
    expect(await object(alice, 'GET', `/v2.0/address-groups/${id}`)).toEqual(shown);
    expect(await object(alice, 'PUT', `/v2.0/address-groups/${id}`, { address_group: { description: 'ours' } })).toEqual({ ...shown, description: 'ours' });
    await create(alice, 'address_group', { name: 'other' });
    expect(await list(alice, '/v2.0/address-groups?name=net&fields=name')).toEqual([{ name: 'net' }]);
    expect((await list(alice, '/v2.0/address-groups?sort_key=name&sort_dir=desc')).map((each) => each['name'])).toEqual(['other', 'net']);
    expect(await status(alice, 'PUT', `/v2.0/address-groups/${id}`, { address_group: { addresses: [] } })).toBe(400);
    expect(await status(alice, 'DELETE', `/v2.0/address-groups/${id}`)).toBe(204);
    expect(await outcome(alice, 'GET', `/v2.0/address-groups/${id}`)).toBe('404 AddressGroupNotFound');
  });

  it('may be empty, of null as of nothing', async () => {
    for (const attributes of [{}, { addresses: null }, { addresses: [] }]) expect(await addressesOf(await create(alice, 'address_group', attributes))).toEqual([]);
  });

  it.each([[['10.20.30.40']], [['no address']], [['10.0.0.0/8', '10.0.0.0/8']], ['10.0.0.0/8'], [[7]], [['10.0.0.0/33']]])('is refused with %j for addresses', async (addresses) => {
    expect(await status(alice, 'POST', '/v2.0/address-groups', { address_group: { addresses } })).toBe(400);
  });

  it('gains and loses addresses, each once, all of a request or none', async () => {
    const id = await group(alice);
    expect(await object(alice, 'PUT', `/v2.0/address-groups/${id}/add_addresses`, { addresses: ['192.0.2.7', 'fd00::1/64', '192.0.2.7/32'] })).toEqual({
      id, name: 'net', description: '', project_id: 'alice', tenant_id: 'alice', addresses: ['10.0.0.0/8', '192.0.2.7/32', 'fd00::/64'],
    });
    expect(await object(alice, 'PUT', `/v2.0/address-groups/${id}/add_addresses`, { addresses: ['172.16.0.0/12', '10.1.2.3/8'] })).toMatchObject({
      type: 'AddressesAlreadyExist', message: `Addresses ['10.0.0.0/8'] already exist in the address group ${id}.`,
    });
    expect(await change(alice, id, 'add', ['10.1.2.3/8'])).toBe('400 AddressesAlreadyExist');
    expect(await change(alice, id, 'remove', ['10.0.0.0/8', '10.200.200.200'])).toBe('404 AddressesNotFound');
    for (const wrong of [['no address'], 'x', null, [[]]]) for (const verb of ['add', 'remove'] as const) expect(await change(alice, id, verb, wrong)).toBe('400 HTTPBadRequest');
    expect(await addressesOf(id)).toEqual(['10.0.0.0/8', '192.0.2.7/32', 'fd00::/64']);
    expect(await change(alice, id, 'remove', ['10.0.0.0/8', 'fd00::/64'])).toBe('200');
    expect(await addressesOf(id)).toEqual(['192.0.2.7/32']);
  });

  it('gets each address once from many requests at once', async () => {
    const id = await group(alice);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => change(alice, id, 'add', ['192.0.2.0/24'])));
    expect(outcomes.filter((each) => each === '200')).toHaveLength(1);
    expect(outcomes.filter((each) => each === '400 AddressesAlreadyExist')).toHaveLength(7);
  });

  it('is nobody else’s to see, to change or to use', async () => {
    const id = await group(alice);
    expect(await list(bob, `/v2.0/address-groups?id=${id}`)).toEqual([]);
    for (const [method, body] of [['GET', undefined], ['PUT', { address_group: { name: 'mine' } }], ['DELETE', undefined]] as const) {
      expect(await outcome(bob, method, `/v2.0/address-groups/${id}`, body)).toBe('404 AddressGroupNotFound');
    }
    for (const verb of ['add', 'remove'] as const) expect(await change(bob, id, verb, ['10.0.0.0/8'])).toBe('404 AddressGroupNotFound');
    expect(await outcome(bob, 'POST', '/v2.0/security-group-rules', await ruleWith(bob, { remote_address_group_id: id }))).toBe('404 AddressGroupNotFound');
    expect(await addressesOf(id)).toEqual(['10.0.0.0/8']);
  });

  it('counts against a quota', async () => {
    await server().request(admin, 'PUT', '/v2.0/quotas/alice', { quota: { address_group: 1 } });
    await group(alice);
    expect(await outcome(alice, 'POST', '/v2.0/address-groups', { address_group: {} })).toBe('409 OverQuota');
  });
});

describe('an address group as the other end of rules', () => {
  it('stands alone, is shown and found, and makes a rule another rule', async () => {
    const id = await group(alice);
    const rule = await create(alice, 'security_group_rule', (await ruleWith(alice, { remote_address_group_id: id }))['security_group_rule'] as JsonObject);
    expect(await object(alice, 'GET', `/v2.0/security-group-rules/${rule}`)).toMatchObject({ remote_address_group_id: id, remote_group_id: null, remote_ip_prefix: null });
    expect((await list(alice, `/v2.0/security-group-rules?remote_address_group_id=${id}`)).map((each) => each['id'])).toEqual([rule]);
    expect(await outcome(alice, 'POST', '/v2.0/security-group-rules', await ruleWith(alice, { remote_address_group_id: id }))).toBe('409 SecurityGroupRuleExists');
    expect(await status(alice, 'POST', '/v2.0/security-group-rules', await ruleWith(alice, {}))).toBe(201);
    for (const more of [{ remote_ip_prefix: '10.0.0.0/8' }, { remote_group_id: id }]) {
      expect(await object(alice, 'POST', '/v2.0/security-group-rules', await ruleWith(alice, { remote_address_group_id: id, ...more }))).toMatchObject({
        type: 'SecurityGroupMultipleRemoteEntites', message: 'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
      });
    }
    expect(await outcome(alice, 'POST', '/v2.0/security-group-rules', await ruleWith(alice, { remote_address_group_id: 'x' }))).toBe('404 AddressGroupNotFound');
  });

  it('stays while a rule names it', async () => {
    const id = await group(alice);
    const rule = await create(alice, 'security_group_rule', (await ruleWith(alice, { remote_address_group_id: id }))['security_group_rule'] as JsonObject);
    expect(await object(alice, 'DELETE', `/v2.0/address-groups/${id}`)).toMatchObject({ type: 'AddressGroupInUse', message: `Address group ${id} is in use on one or more security group rules.` });
    // Also where a rule is made in the moment of the delete.
    await expect(server().db.deleteFrom('address_groups').where('id', '=', id).execute()).rejects.toThrow(ForeignKeyViolation);
    await server().request(alice, 'DELETE', `/v2.0/security-group-rules/${rule}`);
    expect(await status(alice, 'DELETE', `/v2.0/address-groups/${id}`)).toBe(204);
  });
});

describe('an address group shared with a project', () => {
  it('is seen and used there, and changed by its owner alone', async () => {
    const id = await group(alice);
    const policy = `/v2.0/rbac-policies/${await share(alice, id, 'bob')}`;
    expect(await object(bob, 'GET', `/v2.0/address-groups/${id}`)).toMatchObject({ id, project_id: 'alice' });
    expect((await list(bob, '/v2.0/address-groups')).map((each) => each['id'])).toEqual([id]);
    expect(await outcome(carol, 'GET', `/v2.0/address-groups/${id}`)).toBe('404 AddressGroupNotFound');
    // Neutron does not say that it is there to those who may not change it.
    expect(await status(bob, 'PUT', `/v2.0/address-groups/${id}`, { address_group: { name: 'mine' } })).toBe(404);
    expect(await status(bob, 'DELETE', `/v2.0/address-groups/${id}`)).toBe(404);
    expect(await change(bob, id, 'add', ['192.0.2.0/24'])).toBe('403 PolicyNotAuthorized');
    expect(await outcome(bob, 'POST', '/v2.0/rbac-policies', { rbac_policy: { object_type: 'address_group', object_id: id, action: 'access_as_shared', target_tenant: 'carol' } })).toBe('400 InvalidInput');

    const rule = await create(bob, 'security_group_rule', (await ruleWith(bob, { remote_address_group_id: id }))['security_group_rule'] as JsonObject);
    expect(await outcome(alice, 'DELETE', policy)).toBe('409 RbacPolicyInUse');
    expect(await outcome(alice, 'DELETE', `/v2.0/address-groups/${id}`)).toBe('409 AddressGroupInUse');
    await server().request(bob, 'DELETE', `/v2.0/security-group-rules/${rule}`);
    expect(await status(alice, 'DELETE', policy)).toBe(204);
    expect(await status(bob, 'GET', `/v2.0/address-groups/${id}`)).toBe(404);
  });
});
