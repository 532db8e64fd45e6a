import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthenticationError } from '@neutrino/server/auth/authenticator';
import { createKeystoneAuthenticator, type KeystoneAuthenticator } from '@neutrino/server/auth/keystone';
import type { KeystoneSettings } from '@neutrino/server/auth/keystone-settings';
import { createPolicy } from '@neutrino/server/policy/policy-engine';
import { createLogger } from '@neutrino/runtime/log/logger';
import { requires } from '../../support/capabilities.ts';
import { type Keystone, realKeystone, startKeystone } from '../../support/keystone.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { call, login, projectScope, tokenFor } from './identity-client.ts';

/** Stands before Keystone, notes what passes, and can be away. */
interface Gate extends AsyncDisposable {
  readonly url: string;
  /** "METHOD path" of each request that passed. */
  readonly passed: string[];
  closed: boolean;
  /** The next requests get this service token in place of the one they carry. */
  spoilServiceToken: boolean;
}

async function openGate(target: string): Promise<Gate> {
  const state = { passed: new Array<string>(), closed: false, spoilServiceToken: false };
  const server = http.createServer((request, response) => {
    if (state.closed) return void request.socket.destroy();
    state.passed.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const headers = { ...request.headers, ...(state.spoilServiceToken && request.method === 'GET' && { 'x-auth-token': 'spoilt' }) };
    state.spoilServiceToken = false;
    const onward = http.request(`${target}${request.url ?? ''}`, { method: request.method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: close });
}

describe('the keystone authenticator, against a real Keystone', { ...requires(realKeystone), timeout: 180_000 }, () => {
  const logs = temporaryDirectory();
  let keystone: Keystone;
  let gate: Gate;
  let base: string;

  beforeAll(async () => {
    keystone = await startKeystone();
    base = keystone.authUrl.replace(/\/v3$/, '');
    gate = await openGate(base);
    const make = async (path: string, resource: string, body: unknown): Promise<string> => ((await keystone.request('POST', path, { [resource]: body })) as Record<string, { id: string }>)[resource]?.id ?? '';
    const roles = ((await keystone.request('GET', '/roles')) as { roles: { id: string; name: string }[] }).roles;
    const role = (name: string): string => roles.find((found) => found.name === name)?.id ?? '';
    for (const [projectName, userName, roleName] of [['service', 'neutron', 'admin'], ['web', 'alice', 'member']] as const) {
      const project = await make('/projects', 'project', { name: projectName, domain_id: 'default' });
      const user = await make('/users', 'user', { name: userName, domain_id: 'default', password: 'secret' });
      await keystone.request('PUT', `/projects/${project}/users/${user}/roles/${role(roleName)}`);
    }
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await keystone?.[Symbol.asyncDispose]();
    logs[Symbol.dispose]();
  });

  const authenticator = (settings: Partial<KeystoneSettings> = {}): KeystoneAuthenticator =>
    createKeystoneAuthenticator({ policy: createPolicy(), log: createLogger({ program: 'auth', logDir: logs.path, debug: true }), settings: { authUrl: gate.url, username: 'neutron', password: 'secret', projectName: 'service', userDomainName: 'Default', projectDomainName: 'Default', ...settings } });
  const ids = { requestId: 'req-1' };
  const status = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 200, (error: unknown) => (error instanceof AuthenticationError ? error.status : error));

  it('makes a context of a valid token, asking once however many requests carry it', async () => {
    using auth = authenticator();
    const token = await tokenFor(base, 'alice', 'secret', 'web');
    gate.passed.length = 0;
    const contexts = await Promise.all([1, 2, 3].map(() => auth.authenticate({ 'x-auth-token': token }, ids)));
    await auth.authenticate({ 'x-auth-token': token }, ids);
    expect(contexts[0]).toMatchObject({ userName: 'alice', projectName: 'web', userDomainId: 'default', projectDomainId: 'default', isAdmin: false, roles: expect.arrayContaining(['member', 'reader']) });
    expect(gate.passed).toEqual(['POST /v3/auth/tokens?nocatalog', 'GET /v3/auth/tokens?nocatalog']);
    const admin = await tokenFor(base, 'admin', keystone.adminPassword, 'admin');
    expect(await auth.authenticate({ 'x-auth-token': admin }, ids)).toMatchObject({ isAdmin: true });
  });

  it('answers 401 to a token that Keystone does not know, and to a revoked one when its time in the cache is over', async () => {
    using auth = authenticator({ tokenCacheTime: 0 });
    expect(await status(auth.authenticate({ 'x-auth-token': 'nonsense' }, ids))).toBe(401);
    const token = await tokenFor(base, 'alice', 'secret', 'web');
    expect(await status(auth.authenticate({ 'x-auth-token': token }, ids))).toBe(200);
    expect((await call(base, 'DELETE', '/v3/auth/tokens', { token, subject: token })).status).toBe(204);
    expect(await status(auth.authenticate({ 'x-auth-token': token }, ids))).toBe(401);
  });

  it('logs in again when Keystone refuses its own token', async () => {
    using auth = authenticator({ tokenCacheTime: 0 });
    const token = await tokenFor(base, 'alice', 'secret', 'web');
    await auth.authenticate({ 'x-auth-token': token }, ids);
    gate.passed.length = 0;
    gate.spoilServiceToken = true;
    expect(await status(auth.authenticate({ 'x-auth-token': token }, ids))).toBe(200);
    expect(gate.passed.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST', 'GET']);
  });

  it('answers 503 while Keystone is away, except for tokens it remembers, and recovers by itself', async () => {
    using auth = authenticator();
    const known = await tokenFor(base, 'alice', 'secret', 'web');
    const fresh = await tokenFor(base, 'alice', 'secret', 'web');
    await auth.authenticate({ 'x-auth-token': known }, ids);
    gate.closed = true;
    expect(await status(auth.authenticate({ 'x-auth-token': fresh }, ids))).toBe(503);
    expect(await status(auth.authenticate({ 'x-auth-token': known }, ids))).toBe(200);
    gate.closed = false;
    expect(await status(auth.authenticate({ 'x-auth-token': fresh }, ids))).toBe(200);
  });

  it('lets a service go on for a user whose token has expired, and no one else', async () => {
    using auth = authenticator({ tokenCacheTime: 0, serviceTokenRoles: ['admin'] });
    using strict = authenticator({ tokenCacheTime: 0, serviceTokenRoles: ['admin'], serviceTokenRolesRequired: true });
    const service = await tokenFor(base, 'neutron', 'secret', 'service');
    const member = await tokenFor(base, 'alice', 'secret', 'web');
    const first = await call(base, 'POST', '/v3/auth/tokens', { body: login('alice', 'secret', projectScope('web')) });
    const user = first.headers.get('x-subject-token') ?? '';
    gate.passed.length = 0;
    expect(await auth.authenticate({ 'x-auth-token': user, 'x-service-token': service }, ids)).toMatchObject({ userName: 'alice' });
    expect(gate.passed).toContain('GET /v3/auth/tokens?nocatalog&allow_expired=1');
    gate.passed.length = 0;
    expect(await auth.authenticate({ 'x-auth-token': user, 'x-service-token': member }, ids)).toMatchObject({ userName: 'alice' });
    expect(gate.passed.join()).not.toContain('allow_expired');
    expect(await status(strict.authenticate({ 'x-auth-token': user, 'x-service-token': member }, ids))).toBe(401);
    expect(await status(auth.authenticate({ 'x-auth-token': user, 'x-service-token': 'nonsense' }, ids))).toBe(401);
  });

  it('answers 503, not 401, when it is itself refused: the client\'s token is not at fault', async () => {
    using auth = authenticator({ password: 'wrong' });
    const token = await tokenFor(base, 'alice', 'secret', 'web');
    expect(await status(auth.authenticate({ 'x-auth-token': token }, ids))).toBe(503);
    const log = readFileSync(join(logs.path, 'auth.log'), 'utf8');
    expect(log).toContain('log-in of the user');
    for (const secret of [token, '"wrong"', '"secret"']) expect(log).not.toContain(secret);
  });
});
