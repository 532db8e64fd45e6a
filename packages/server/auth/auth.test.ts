import { parseOsloFile } from '@neutrino/lib/conf/oslo-file';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { serverSections } from '../conf/sections.ts';
import { createPolicy } from '../policy/policy-engine.ts';
import { accessRulesAllow } from './access-rules.ts';
import { AuthenticationError } from './authenticator.ts';
import { createKeystoneAuthenticator } from './keystone.ts';
import { identityBaseUrl } from './identity-base-url.ts';
import { keystoneSettings } from './keystone-settings.ts';
import { loginBody } from './login.ts';
import { createNoauthAuthenticator } from './noauth.ts';
import { createSeal } from './seal.ts';
import { createTokenCache } from './token-cache.ts';
import { callerFromToken, contextFromToken } from './caller.ts';
import { pino } from 'pino';
import { processorMs } from '../../../tests/support/processor-time.ts';

const policy = createPolicy();
const ids = { requestId: 'req-1' };

describe('noauth', () => {
  const authenticate = createNoauthAuthenticator({ policy });

  it('makes an admin of a request that says nothing', async () => {
    expect(await authenticate({}, ids)).toMatchObject({ requestId: 'req-1', projectId: 'fake_project_id', isAdmin: true });
  });

  it('works out a caller once, and anew when policy changes', async () => {
    const live = createPolicy();
    const ask = createNoauthAuthenticator({ policy: live });
    const headers = { 'x-project-id': 'p', 'x-roles': 'planner' };
    const [one, two, other] = [await ask(headers, ids), await ask(headers, { requestId: 'req-2' }), await ask({ ...headers, 'x-project-id': 'q' }, ids)];
    expect(two.credentials).toBe(one.credentials);
    expect([two.requestId, two.projectId, other.projectId, one.isAdmin]).toEqual(['req-2', 'p', 'q', false]);
    live.replace({ context_is_admin: 'role:planner' });
    expect(await ask(headers, ids)).toMatchObject({ isAdmin: true });
  });

  it('believes the headers', async () => {
    const context = await authenticate({ 'x-user-id': 'u', 'x-tenant-id': 'p', 'x-roles': 'member, advsvc' }, ids);
    expect(context).toMatchObject({ userId: 'u', projectId: 'p', roles: ['member', 'advsvc'], isAdmin: false, isAdvsvc: true });
  });
});

describe('contextFromToken', () => {
  const token = {
    user: { id: 'u', name: 'alice', domain: { id: 'default', name: 'Default' } },
    project: { id: 'p', name: 'web', domain: { id: 'd2', name: 'Two' } },
    roles: [{ id: '1', name: 'member' }],
    expires_at: new Date(Date.now() + 60_000).toISOString(),
  };

  it('takes user, project, their domains and roles from the token', () => {
    expect(contextFromToken(policy, token, ids)).toMatchObject({
      requestId: 'req-1', userId: 'u', userName: 'alice', userDomainId: 'default', projectId: 'p', projectName: 'web', projectDomainId: 'd2', roles: ['member'], isAdmin: false, isAdvsvc: false,
    });
    expect(contextFromToken(policy, { ...token, roles: [{ name: 'Admin' }] }, ids)?.isAdmin).toBe(true);
  });

  it('knows what a token is for that is for no project, and which service sends it', () => {
    const { project: _, ...unscoped } = token;
    expect(callerFromToken(policy, { ...unscoped, domain: { id: 'd' } })).toMatchObject({ domainId: 'd', credentials: { domain_id: 'd', project_id: null, is_admin_project: true } });
    expect(callerFromToken(policy, { ...unscoped, system: { all: true } })).toMatchObject({ systemScope: 'all', credentials: { system: 'all' } });
    const service = { user: { id: 's', domain: { id: 'default' } }, project: { id: 'services', domain: { id: 'default' } }, roles: [{ name: 'service' }] };
    expect(callerFromToken(policy, { ...token, is_admin_project: false }, service)).toMatchObject({
      userId: 'u', roles: ['member'],
      credentials: { user_id: 'u', roles: ['member'], is_admin_project: false, service_user_id: 's', service_project_id: 'services', service_roles: ['service'] },
    });
  });

  it('makes nothing of a token that has expired, or that does not say when it does', () => {
    expect(contextFromToken(policy, { ...token, expires_at: new Date(Date.now() - 1).toISOString() }, ids)).toBeUndefined();
    expect(contextFromToken(policy, { user: token.user }, ids)).toBeUndefined();
    expect(contextFromToken(policy, { ...token, user: null }, ids)).toBeUndefined();
  });
});

describe('the token cache', () => {
  it('asks once about a token, however many ask at a time, and again when the answer is too old', async () => {
    const cache = createTokenCache<number>();
    let asked = 0;
    const ask = async (until: number): Promise<{ value: number; until: number }> => ({ value: ++asked, until });
    expect(await Promise.all([1, 2, 3].map(() => cache.get('t', () => ask(Date.now() + 60_000))))).toEqual([1, 1, 1]);
    expect(await cache.get('t', () => ask(0))).toBe(1);
    expect(await cache.get('old', () => ask(Date.now() - 1))).toBe(2);
    expect(await cache.get('old', () => ask(Date.now() - 1))).toBe(3);
  });

  it('does not keep failures', async () => {
    const cache = createTokenCache<string>();
    await expect(cache.get('t', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.get('t', () => Promise.resolve({ value: 'back', until: Date.now() + 1000 }))).toBe('back');
  });

  it('forgets the entry that was unused for longest when it is full', async () => {
    const cache = createTokenCache<string>(2);
    const put = (token: string, value: string): Promise<string> => cache.get(token, () => Promise.resolve({ value, until: Date.now() + 60_000 }));
    for (const token of ['a', 'b', 'a', 'c']) await put(token, 'first');
    expect([await put('a', 'second'), await put('c', 'second'), await put('b', 'second')]).toEqual(['first', 'first', 'second']);
  });
});

describe('[keystone_authtoken] auth_url', () => {
  it.each([
    ['http://h:35357', 'http://h:35357'],
    ['http://h:5000/', 'http://h:5000'],
    ['http://h:5000/v3', 'http://h:5000'],
    ['http://h:5000/v2.0/', 'http://h:5000'],
    ['https://h/identity/v3/', 'https://h/identity'],
  ])('%s is understood with and without version', (given, base) => {
    expect(identityBaseUrl(given)).toBe(base);
  });

  it('stops the start where it is no URL of the web', () => {
    expect(() => identityBaseUrl('controller:5000')).toThrow('auth_url');
    expect(() => identityBaseUrl('')).toThrow('auth_url');
  });
});

describe('[keystone_authtoken]', () => {
  const settings = (text: string): ReturnType<typeof keystoneSettings> =>
    keystoneSettings(resolveConfig(serverSections, { files: [parseOsloFile(`[keystone_authtoken]\n${text}`, 'neutron.conf')] }).values.keystone_authtoken);
  const current = 'auth_url = http://controller:5000\nproject_name = service\nusername = neutron\npassword = secret\n';
  const byPassword = { method: 'password', user: { name: 'neutron' }, password: 'secret', scope: { project: { name: 'service' } } };

  it('as the installation guide writes it says all that is needed', () => {
    const guide = `${current}www_authenticate_uri = http://public:5000\nmemcached_servers = controller:11211,other\nauth_type = password\nproject_domain_name = default\nuser_domain_name = default\n`;
    expect(settings(guide)).toMatchObject({
      authUrl: 'http://controller:5000', wwwAuthenticateUri: 'http://public:5000', tokenCacheTime: 300, memcached: { servers: ['controller:11211', 'other'], strategy: 'None' },
      login: { method: 'password', user: { name: 'neutron', domainName: 'default' }, password: 'secret', scope: { project: { name: 'service', domainName: 'default' } } },
    });
  });

  it("is understood in Newton's spelling, and in those before it", () => {
    expect(settings('auth_uri = http://c:5000\nauth_url = http://c:35357\nauth_plugin = password\nproject_name = service\nusername = neutron\npassword = secret\n')).toMatchObject({ wwwAuthenticateUri: 'http://c:5000', authUrl: 'http://c:35357', login: byPassword });
    expect(settings('identity_uri = http://c:35357\nadmin_tenant_name = service\nadmin_user = neutron\nadmin_password = secret\n')).toMatchObject({ authUrl: 'http://c:35357', login: byPassword });
    expect(settings('auth_host = ::1\nauth_protocol = http\nauth_admin_prefix = /id/\nadmin_token = ADMIN\n')).toMatchObject({ authUrl: 'http://[::1]:35357/id', login: { method: 'admin_token', token: 'ADMIN' } });
  });

  it('knows the other ways to log in', () => {
    const url = 'auth_url = http://c\n';
    expect(settings(`${url}auth_type = v3applicationcredential\napplication_credential_id = i\napplication_credential_secret = s\n`).login).toEqual({ method: 'application_credential', credential: { id: 'i' }, secret: 's' });
    expect(settings(`${url}auth_type = v3token\ntoken = t\nsystem_scope = all\n`).login).toEqual({ method: 'token', token: 't', scope: { system: 'all' } });
    expect(settings(`${url}user_id = u\npassword = p\ndomain_id = d\n`).login).toEqual({ method: 'password', user: { id: 'u' }, password: 'p', scope: { domain: { id: 'd' } } });
    expect(settings(`${url}username = u\npassword = p\nproject_id = i\ndefault_domain_name = n\n`).login).toEqual({ method: 'password', user: { name: 'u', domainName: 'n' }, password: 'p', scope: { project: { id: 'i', domainName: 'n' } } });
  });

  it('may leave the log-in to another section', () => {
    expect(settings(`auth_section = service_user\nregion_name = R\n[service_user]\n${current}`)).toMatchObject({ authUrl: 'http://controller:5000', login: byPassword, endpoint: { interface: 'internal', region: 'R' } });
  });

  it('stops the start where something is missing or cannot work, and says what', () => {
    expect(() => settings('username = neutron\nproject_name = service\n')).toThrow('lacks auth_url, password');
    expect(() => settings('auth_url = http://c\nauth_type = v3applicationcredential\napplication_credential_name = n\n')).toThrow('lacks application_credential_secret, username');
    expect(() => settings(`${current}memcached_servers = c:11211\nmemcache_security_strategy = encrypt\n`)).toThrow('lacks memcache_secret_key');
    expect(() => settings(`${current}enforce_token_bind = required\n`)).toThrow('would refuse every token');
    expect(() => settings(`${current}auth_type = v2password\n`)).toThrow('v3password');
  });
});

describe('a log-in', () => {
  it('is what Keystone expects', () => {
    expect(loginBody({ method: 'password', user: { name: 'u' }, password: 'p', scope: { project: { name: 'x', domainName: 'D' } } })).toEqual({
      auth: { identity: { methods: ['password'], password: { user: { name: 'u', domain: { id: 'default' }, password: 'p' } } }, scope: { project: { name: 'x', domain: { name: 'D' } } } },
    });
    expect(loginBody({ method: 'application_credential', credential: { name: 'c' }, user: { name: 'u', domainId: 'd' }, secret: 's' })).toEqual({
      auth: { identity: { methods: ['application_credential'], application_credential: { name: 'c', user: { name: 'u', domain: { id: 'd' } }, secret: 's' } } },
    });
    expect(loginBody({ method: 'token', token: 't', scope: { system: 'all' } })).toEqual({ auth: { identity: { methods: ['token'], token: { id: 't' } }, scope: { system: { all: true } } } });
    expect(loginBody({ method: 'token', token: 't', scope: { domain: { name: 'd' } } })).toMatchObject({ auth: { scope: { domain: { name: 'd' } } } });
  });
});

describe('what is kept at memcached', () => {
  const plain = Buffer.from('{"value":{}}');

  it.each(['MAC', 'ENCRYPT'] as const)('with %s is read with the same token and secret only, and not at all once changed', (strategy) => {
    const { seal, open } = createSeal(strategy, 'secret', 'token');
    const sealed = seal(plain);
    expect(open(sealed)).toEqual(plain);
    expect(sealed.includes(plain)).toBe(strategy === 'MAC');
    expect(createSeal(strategy, 'secret', 'other').open(sealed)).toBeUndefined();
    expect(createSeal(strategy, 'other', 'token').open(sealed)).toBeUndefined();
    for (let at = 0; at < sealed.length; at += 1) {
      const forged = Buffer.from(sealed);
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
      expect(open(forged)).toBeUndefined();
    }
    expect(open(Buffer.alloc(3))).toBeUndefined();
    expect(open(plain)).toBeUndefined();
  });

  it('is under a name that does not show the token', () => {
    const names = (['None', 'MAC', 'ENCRYPT'] as const).map((strategy) => createSeal(strategy, 'secret', 'token').name);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^neutrino\/tokens\/[0-9a-f]{64}$/);
  });
});

describe('access rules of an application credential', () => {
  const restricted = (...rules: readonly JsonObject[]): JsonObject => ({ application_credential: { id: 'c', restricted: true, access_rules: rules } });
  const rule = (path: string): JsonObject => ({ service: 'network', method: 'GET', path });

  it.each([
    ['/v2.0/ports', '/v2.0/ports', true],
    ['/v2.0/ports', '/v2.0/ports/x', false],
    ['/v2.0/ports/*', '/v2.0/ports/x', true],
    ['/v2.0/ports/*', '/v2.0/ports/', false],
    ['/v2.0/ports/*', '/v2.0/ports/x/y', false],
    ['/v2.0/ports/{port_id}/bindings', '/v2.0/ports/x/bindings', true],
    ['/v2.0/**', '/v2.0/ports/x/y', true],
    ['/v2.0/**', '/v2x0/ports', false],
    ['**', '/anything', true],
    ['{a}', '/x', false],
  ])('%s for %s: %s', (path, asked, allowed) => {
    expect(accessRulesAllow(restricted(rule('/nothing'), rule(path)), 'network', { method: 'GET', path: asked })).toBe(allowed);
  });

  it('are about service and method too, and allow nothing where the server does not know what it is', () => {
    const line = { method: 'GET', path: '/x' };
    expect(accessRulesAllow(restricted(rule('/x')), 'network', { ...line, method: 'PUT' })).toBe(false);
    expect(accessRulesAllow(restricted(rule('/x')), 'compute', line)).toBe(false);
    expect(accessRulesAllow(restricted(rule('/x')), undefined, line)).toBe(false);
    expect(accessRulesAllow(restricted(), 'network', line)).toBe(false);
    expect(accessRulesAllow({}, undefined, line)).toBe(true);
    expect(accessRulesAllow({ application_credential: { id: 'c' } }, undefined, line)).toBe(true);
  });

  it('cost little, however they are written', () => {
    const started = process.cpuUsage();
    expect(accessRulesAllow(restricted(rule('**{a}*'.repeat(40))), 'network', { method: 'GET', path: `${'x/'.repeat(1000)}` })).toBe(false);
    const start = process.cpuUsage();
    expect(accessRulesAllow(restricted(rule(`${'**'.repeat(120)}y`)), 'network', { method: 'GET', path: 'x/'.repeat(5000) })).toBe(false);
    expect(processorMs(start)).toBeLessThan(1000);
    expect(processorMs(started)).toBeLessThan(2000);
  });
});

describe('keystone', () => {
  it('answers 401 without a token and 503 where Keystone cannot be reached', async () => {
    // Port 1 of loopback: nobody listens.
    using keystone = createKeystoneAuthenticator({ policy, log: pino({ level: 'silent' }), settings: { authUrl: 'http://127.0.0.1:1', login: { method: 'password', user: { name: 'neutron' }, password: 'x', scope: { project: { name: 'service' } } } } });
    const status = (headers: Record<string, string>): Promise<unknown> => keystone.authenticate(headers, ids).catch((error: unknown) => (error instanceof AuthenticationError ? [error.status, error.headers, error.body] : error));
    expect(await status({})).toEqual([
      401,
      { 'WWW-Authenticate': 'Keystone uri="http://127.0.0.1:1"' },
      { error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } },
    ]);
    expect(await status({ 'x-auth-token': 'bad token' })).toMatchObject([401, {}, {}]);
    expect(await status({ 'x-auth-token': 'abc' })).toMatchObject([503, {}, {}]);
  });
});
