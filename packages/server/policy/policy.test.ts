import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ATTR_NOT_SPECIFIED, type Attribute, type AttributeMap } from '@neutrino/lib/api/attribute';
import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { referencedRules } from '@neutrino/lib/policy/check';
import { parseRule } from '@neutrino/lib/policy/parse-rule';
import type { RequestContext } from '../context.ts';
import { adminContext } from '../context.ts';
import { enforceCreate, enforceDelete, enforceGet, enforceUpdate, type PolicyScope, visibleObjects } from './enforce.ts';
import { followPolicySources } from './follow-policy-sources.ts';
import { readPolicyFile } from './policy-file.ts';
import { createPolicy } from './policy-engine.ts';
import { readPolicySources, stampOf, type PolicySources } from './policy-sources.ts';
import { defaultRules } from './rules/default-rules.ts';

const policy = createPolicy();
const guarded = (fallback?: Attribute['default']): Attribute => ({ allowPost: true, allowPut: true, isVisible: true, enforcePolicy: true, type: 'string', ...(fallback !== undefined && { default: fallback }) });
const attributes: AttributeMap = {
  name: { allowPost: true, allowPut: true, isVisible: true, type: 'string', default: '' },
  shared: { ...guarded(false), requiredByPolicy: true },
  mac_address: guarded(ATTR_NOT_SPECIFIED),
  fixed_ips: guarded(ATTR_NOT_SPECIFIED),
  device_owner: guarded(''),
  'provider:network_type': guarded(ATTR_NOT_SPECIFIED),
};

function user(projectId: string, ...roles: string[]): RequestContext {
  return { requestId: 'req-1', userId: 'u', projectId, roles, isAdmin: false, isAdvsvc: false };
}
const networks: ReadonlyMap<string, JsonObject> = new Map([
  ['mine', { id: 'mine', project_id: 'p', shared: false }],
  ['theirs', { id: 'theirs', project_id: 'q', shared: false }],
  ['open', { id: 'open', project_id: 'q', shared: true }],
]);

function scope(resource: string, context: RequestContext): { scope: PolicyScope; lookups: (readonly string[])[] } {
  const lookups: (readonly string[])[] = [];
  const parents: PolicyScope['parents'] = async (_parent, ids) => {
    lookups.push(ids);
    return new Map([...networks].filter(([id]) => ids.includes(id)));
  };
  const notFound = (id: string): Error => new Error(`${id} not found`);
  const requireParents: PolicyScope['requireParents'] = async ({ network_id: id }) => {
    if (typeof id === 'string' && !networks.has(id)) throw notFound(id);
  };
  return { scope: { policy, context, resource, attributes, parents, notFound, requireParents }, lookups };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'allowed',
    (error: unknown) => (isNeutronError(error) ? `${error.status} ${error.message}` : String(error)),
  );
}

describe('the default rules', () => {
  it('parse, have no cycles and refer to rules that exist', () => {
    for (const { check, deprecated } of Object.values(defaultRules)) {
      for (const name of [...referencedRules(parseRule(check)), ...referencedRules(parseRule(deprecated ?? ''))]) expect(Object.keys(defaultRules)).toContain(name);
    }
  });

  it('know an admin by the role, whatever its case', () => {
    expect(policy.isAdmin({ roles: ['Admin'] })).toBe(true);
    expect(policy.isAdmin({ roles: ['member'] })).toBe(false);
    expect(policy.isAdmin({})).toBe(false);
  });

  it('let an owner without any of the new roles act, by the deprecated rule', () => {
    expect(policy.check(user('p', 'some_role'), 'update_network', { project_id: 'p', tenant_id: 'p' })).toBe(true);
    expect(policy.check(user('p', 'some_role'), 'update_network', { project_id: 'q', tenant_id: 'q' })).toBe(false);
  });

  it('give an action without a rule to the owner where it is on a resource, and to anyone where it is on an attribute', () => {
    expect(policy.check(user('p'), 'get_sample', { tenant_id: 'q' })).toBe(false);
    expect(policy.check(user('p'), 'get_sample', { tenant_id: 'p' })).toBe(true);
    expect(policy.check(user('p'), 'get_network:name', {})).toBe(true);
  });

  it('give way wholly to what the operator writes, which may not go in circles', () => {
    const strict = createPolicy({ rules: { create_network: 'role:planner' } });
    expect(strict.check(user('p', 'member'), 'create_network', { project_id: 'p', tenant_id: 'p' })).toBe(false);
    expect(strict.check(user('p', 'planner'), 'create_network', { project_id: 'p', tenant_id: 'p' })).toBe(true);
    expect(() => createPolicy({ rules: { owner: 'rule:admin_or_owner' } })).toThrow('owner');
  });

  it('ask an admin too, and no deprecated rule, where only new defaults count', () => {
    const strict = createPolicy({ enforceNewDefaults: true });
    const own = { project_id: 'p', tenant_id: 'p' };
    expect(strict.check(user('p', 'some_role'), 'update_network', own)).toBe(false);
    expect(strict.check(user('p', 'member'), 'update_network', own)).toBe(true);
    expect(strict.check(adminContext(), 'create_security_group', own)).toBe(false);
    expect(policy.check(adminContext(), 'create_security_group', own)).toBe(true);
  });

  it('are for projects: a token for a domain or the system gets nothing where scope is enforced, but from an admin while the old rules count', async () => {
    const scoped = createPolicy({ enforceScope: true });
    const system: RequestContext = { requestId: 'req-1', userId: 'u', systemScope: 'all', roles: ['reader'], isAdmin: false, isAdvsvc: false };
    expect(scoped.wrongScope(system, 'get_network')).toBe('system');
    expect(scoped.wrongScope({ ...system, isAdmin: true }, 'get_network')).toBeUndefined();
    const { systemScope: _, ...unscoped } = system;
    const domain = { ...unscoped, domainId: 'd' };
    expect(scoped.wrongScope(domain, 'create_network')).toBe('domain');
    expect(policy.wrongScope(domain, 'create_network')).toBeUndefined();
    const { scope: network } = scope('network', domain);
    expect(await refusal(enforceCreate({ ...network, policy: scoped }, [{ name: 'x', tenant_id: 'p' }]))).toBe(
      "403 rule:create_network requires a scope of ['project'], request was made with domain scope.",
    );
    expect(await visibleObjects({ ...network, policy: scoped }, [{ id: 'open', tenant_id: 'q', shared: true }])).toEqual([]);
  });

  it('fall back on the rule that the operator names where there is none', () => {
    const strict = createPolicy({ defaultRule: 'admin_only' });
    expect(strict.check(user('p'), 'get_sample', { tenant_id: 'p' })).toBe(false);
    expect(() => createPolicy({ rules: { default: 'rule:nobody_wrote' } })).toThrow('nobody_wrote');
  });

  it('may be written under a former name, which counts unless the new name is written too', () => {
    const defaults = { admin_only: { check: 'role:admin' }, get_thing: { check: 'role:new', deprecated: 'role:old', formerName: 'see_thing' } };
    const allowed = (role: string, rules: Record<string, string>): boolean => createPolicy({ defaults, rules }).check(user('p', role), 'get_thing', {});
    expect([allowed('new', {}), allowed('old', {}), allowed('mine', { see_thing: 'role:mine' }), allowed('old', { see_thing: 'role:mine' })]).toEqual([true, true, true, false]);
    expect(allowed('mine', { see_thing: 'role:mine', get_thing: 'role:new' })).toBe(false);
    expect(allowed('new', { see_thing: 'rule:get_thing' })).toBe(true);
  });
});

describe('enforceCreate', () => {
  it('lets a member create what needs no privilege, defaults filled in', async () => {
    expect(await refusal(enforceCreate(scope('network', user('p', 'member')).scope, [{ name: '', shared: false, tenant_id: 'p' }]))).toBe('allowed');
  });

  it('names the rules that failed as Neutron does', async () => {
    const body = { name: 'x', shared: true, 'provider:network_type': 'vlan', tenant_id: 'p' };
    expect(await refusal(enforceCreate(scope('network', user('p', 'member')).scope, [body]))).toBe(
      '403 ((rule:create_network and rule:create_network:shared) and rule:create_network:provider:network_type) is disallowed by policy',
    );
    expect(await refusal(enforceCreate(scope('network', adminContext()).scope, [body]))).toBe('allowed');
  });

  it('asks who owns the network only where that matters, once for all bodies', async () => {
    const plain = scope('port', user('p', 'member'));
    await enforceCreate(plain.scope, [{ network_id: 'theirs', tenant_id: 'p' }]);
    expect(plain.lookups).toEqual([]);
    const asking = scope('port', user('p', 'member'));
    await enforceCreate(asking.scope, ['02:00:00:00:00:01', '02:00:00:00:00:02'].map((mac_address) => ({ network_id: 'mine', mac_address, tenant_id: 'p' })));
    expect(asking.lookups).toEqual([['mine']]);
    expect(await refusal(enforceCreate(asking.scope, [{ network_id: 'theirs', mac_address: '02:00:00:00:00:01', tenant_id: 'p' }]))).toContain('403 (rule:create_port and rule:create_port:mac_address)');
    expect(await refusal(enforceCreate(asking.scope, [{ network_id: 'gone', mac_address: '02:00:00:00:00:01', tenant_id: 'p' }]))).toBe('Error: gone not found');
  });

  it('checks what is inside an attribute: a subnet of a shared network may be chosen, an address not', async () => {
    const { scope: port } = scope('port', user('p', 'member'));
    expect(await refusal(enforceCreate(port, [{ network_id: 'open', fixed_ips: [{ subnet_id: 's' }], tenant_id: 'p' }]))).toBe('allowed');
    expect(await refusal(enforceCreate(port, [{ network_id: 'open', fixed_ips: [{ subnet_id: 's' }, { ip_address: '192.0.2.7' }], tenant_id: 'p' }]))).toContain('create_port:fixed_ips:ip_address');
  });

  it('keeps device owners of the network service from those who do not own the network', async () => {
    const { scope: port } = scope('port', user('p', 'member'));
    expect(await refusal(enforceCreate(port, [{ network_id: 'theirs', device_owner: 'compute:nova', tenant_id: 'p' }]))).toBe('allowed');
    expect(await refusal(enforceCreate(port, [{ network_id: 'theirs', device_owner: 'network:dhcp', tenant_id: 'p' }]))).toContain('403');
  });
});

describe('enforceUpdate and enforceDelete', () => {
  it('say 403 of what the caller sees and 404 of what it does not', async () => {
    const { scope: network } = scope('network', user('p', 'member'));
    const open: JsonObject = { id: 'open', tenant_id: 'q', shared: true };
    const hidden: JsonObject = { id: 'hidden', tenant_id: 'q', shared: false };
    expect(await refusal(enforceUpdate(network, open, { name: 'x' }))).toBe('403 rule:update_network is disallowed by policy');
    expect(await refusal(enforceDelete(network, open))).toBe('403 rule:delete_network is disallowed by policy');
    expect(await refusal(enforceUpdate(network, hidden, { name: 'x' }))).toBe('Error: hidden not found');
    expect(await refusal(enforceDelete(network, hidden))).toBe('Error: hidden not found');
    expect(await refusal(enforceGet(network, hidden))).toBe('Error: hidden not found');
  });

  it('are not fooled by a new owner or a new state of sharing among the changes', async () => {
    const { scope: network } = scope('network', user('p', 'member'));
    expect(await refusal(enforceUpdate(network, { id: 'n', tenant_id: 'q', shared: false }, { tenant_id: 'p', project_id: 'p', shared: true }))).toBe('Error: n not found');
  });

  it('check an attribute even where its value stays the same', async () => {
    const { scope: network } = scope('network', user('p', 'member'));
    expect(await refusal(enforceUpdate(network, { id: 'n', tenant_id: 'p', shared: false }, { shared: false }))).toContain('update_network:shared');
  });
});

describe('what a caller sees', () => {
  it('is its own ports and those on its networks, with one look-up for the whole list', async () => {
    const { scope: port, lookups } = scope('port', user('p', 'reader'));
    const ports = [
      { id: '1', project_id: 'p', network_id: 'theirs' },
      { id: '2', project_id: 'q', network_id: 'mine' },
      { id: '3', project_id: 'q', network_id: 'theirs' },
      { id: '4', project_id: 'q', network_id: 'mine' },
    ];
    expect((await visibleObjects(port, ports)).map(({ id }) => id)).toEqual(['1', '2', '4']);
    expect(lookups).toEqual([['mine', 'theirs']]);
  });
});

describe('a policy file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-policy-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const read = (text: string): unknown => {
    const file = join(directory, 'policy');
    writeFileSync(file, text);
    return readPolicyFile(file);
  };

  it('is YAML or JSON, and need not exist', () => {
    expect(readPolicyFile(join(directory, 'none.yaml'))).toBeUndefined();
    expect(read('# a comment\n"create_network": "role:planner"\nadmin_or_owner: ""\n')).toEqual({ create_network: 'role:planner', admin_or_owner: '' });
    expect(read('{"create_network": [["rule:a", "rule:b"], ["role:c"]], "get_network": []}')).toEqual({ create_network: 'rule:a and rule:b or role:c', get_network: '' });
    expect(read('# nothing but comments\n')).toEqual({});
  });

  it('gives way to the files of the directories, in the order of their names, hidden ones aside', () => {
    const inside = join(directory, 'policy.d');
    mkdirSync(inside);
    for (const [name, text] of Object.entries({ 'b.yaml': 'x: role:b\n', 'a.json': '{"x": "role:a", "y": "role:a"}', '.b.yaml.swp': '{{' })) writeFileSync(join(inside, name), text);
    const file = join(directory, 'main.yaml');
    writeFileSync(file, 'x: role:main\nz: role:main\n');
    expect(readPolicySources({ file: () => file, directories: () => [inside] })).toEqual({ x: 'role:b', y: 'role:a', z: 'role:main' });
  });

  it('holds anew when it changes, comes or goes; while it is wrong the rules from before hold', async () => {
    const file = join(directory, 'followed.yaml');
    const sources: PolicySources = { file: () => (existsSync(file) ? file : undefined), directories: () => [] };
    const lines: string[] = [];
    const live = createPolicy();
    const allowed = (): boolean => live.check(user('p', 'planner'), 'create_network:shared', {});
    using _following = followPolicySources({ policy: live, sources, stamp: stampOf(sources), log: pino({}, { write: (line: string) => void lines.push(line) }) });
    expect(allowed()).toBe(false);
    writeFileSync(file, 'create_network:shared: role:planner or rule:unheard_of\n');
    await vi.waitFor(() => expect(allowed()).toBe(true), { timeout: 60_000 });
    expect(lines.join('')).toContain('unheard_of');
    writeFileSync(file, 'create_network:shared: role:\n  - {');
    await vi.waitFor(() => expect(lines.join('')).toContain('the rules from before still hold'), { timeout: 60_000 });
    expect(allowed()).toBe(true);
    rmSync(file);
    await vi.waitFor(() => expect(allowed()).toBe(false), { timeout: 60_000 });
  });

  it('stops the start where it is wrong, saying in which rule', () => {
    expect(() => read('create_network: role:a role:b')).toThrow('rule "create_network"');
    expect(() => read('create_network: 5')).toThrow('rule "create_network": expected a text');
    expect(() => read('- a')).toThrow('expected rules by name');
    expect(() => read('{')).toThrow('policy');
  });
});
