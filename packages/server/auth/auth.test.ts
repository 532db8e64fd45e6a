import { describe, expect, it } from 'vitest';
import { createPolicy } from '../policy/policy-engine.ts';
import { AuthenticationError } from './authenticator.ts';
import { createKeystoneAuthenticator } from './keystone.ts';
import { identityBaseUrl, keystoneSettings } from './keystone-settings.ts';
import { createNoauthAuthenticator } from './noauth.ts';
import { createTokenCache } from './token-cache.ts';
import { contextFromToken } from './token-context.ts';
import { pino } from 'pino';

const policy = createPolicy();
const ids = { requestId: 'req-1' };

describe('noauth', () => {
  const authenticate = createNoauthAuthenticator({ policy });

  it('makes an admin of a request that says nothing', async () => {
    expect(await authenticate({}, ids)).toMatchObject({ requestId: 'req-1', projectId: 'fake_project_id', isAdmin: true });
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
    expect(contextFromToken(policy, token, ids)).toEqual({
      requestId: 'req-1', userId: 'u', userName: 'alice', userDomainId: 'default', projectId: 'p', projectName: 'web', projectDomainId: 'd2', roles: ['member'], isAdmin: false, isAdvsvc: false,
    });
    expect(contextFromToken(policy, { ...token, roles: [{ name: 'Admin' }] }, ids)?.isAdmin).toBe(true);
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
  const options: Parameters<typeof keystoneSettings>[0] = {
    www_authenticate_uri: 'http://controller:5000', auth_url: 'http://controller:35357', auth_type: 'password', username: 'neutron', password: 'secret', user_domain_name: 'default', user_domain_id: null,
    project_name: 'service', project_domain_name: 'default', project_domain_id: null, cafile: null, insecure: false, token_cache_time: 300, service_token_roles: ['service'], service_token_roles_required: false,
  };

  it('as the installation guide writes it says all that is needed', () => {
    expect(keystoneSettings(options)).toMatchObject({ authUrl: 'http://controller:35357', wwwAuthenticateUri: 'http://controller:5000', username: 'neutron', userDomainName: 'default', projectName: 'service', tokenCacheTime: 300 });
  });

  it('stops the start where something is missing, and says what', () => {
    expect(() => keystoneSettings({ ...options, password: null, auth_url: null })).toThrow('lacks auth_url, password');
  });
});

describe('keystone', () => {
  it('answers 401 without a token and 503 where Keystone cannot be reached', async () => {
    // Port 1 of loopback: nobody listens.
    using keystone = createKeystoneAuthenticator({ policy, log: pino({ level: 'silent' }), settings: { authUrl: 'http://127.0.0.1:1', username: 'neutron', password: 'x', projectName: 'service' } });
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
