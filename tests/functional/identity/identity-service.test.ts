import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdentityService } from '@neutrino/allinone/identity/identity-service';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary-directory.ts';
import { call, login, projectScope, startIdentity, tokenFor } from './identity-client.ts';

let directory: TemporaryDirectory;
let identity: IdentityService;
let url: string;
let admin: string;

beforeAll(async () => {
  directory = temporaryDirectory();
  identity = await startIdentity(directory.path);
  url = identity.url;
  admin = await tokenFor(url, 'admin', identity.adminPassword, 'admin');
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

async function create(resource: string, body: unknown): Promise<string> {
  const answer = await call(url, 'POST', `/v3/${resource}s`, { token: admin, body: { [resource]: body } });
  expect(answer.status).toBe(201);
  return (answer.body[resource] as { id: string }).id;
}

describe('a log-in', () => {
  it('gives a token with user, project, roles (implied ones too) and catalogue', async () => {
    const answer = await call(url, 'POST', '/v3/auth/tokens', { body: login('admin', identity.adminPassword, projectScope('admin')) });
    expect(answer.status).toBe(201);
    expect(answer.body['token']).toMatchObject({
      methods: ['password'],
      user: { name: 'admin', domain: { id: 'default', name: 'Default' } },
      project: { name: 'admin', domain: { id: 'default' } },
      roles: [{ name: 'admin' }, { name: 'member' }, { name: 'reader' }],
      catalog: [
        { type: 'network', name: 'neutron', endpoints: [{ interface: 'public', region: 'RegionOne', url: 'http://127.0.0.1:9696' }, {}, {}] },
        { type: 'identity', endpoints: [{ url: `${url}/v3` }, {}, {}] },
        { type: 'compute', name: 'no-compute', endpoints: [{ url: `${url}/compute/v2.1` }, {}, {}] },
      ],
    });
  });

  it('fails in one way, whatever was wrong', async () => {
    const wrong = [login('admin', 'nonsense', projectScope('admin')), login('nobody', 'x'), login('admin', identity.adminPassword, projectScope('elsewhere')), login('demo', identity.demoPassword, projectScope('admin'))];
    for (const body of wrong) {
      const answer = await call(url, 'POST', '/v3/auth/tokens', { body });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe(`Keystone uri="${url}"`);
      expect(answer.body).toEqual({ error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } });
    }
  });

  it('goes to the default project where no scope is given, and to none where that is asked for', async () => {
    const scoped = await call(url, 'POST', '/v3/auth/tokens', { body: login('demo', identity.demoPassword) });
    expect(scoped.body['token']).toMatchObject({ project: { name: 'demo' } });
    const unscoped = await call(url, 'POST', '/v3/auth/tokens', { body: login('demo', identity.demoPassword, 'unscoped') });
    expect(unscoped.body['token']).not.toHaveProperty('project');
    expect(unscoped.body['token']).not.toHaveProperty('catalog');
    const domain = await call(url, 'POST', '/v3/auth/tokens', { body: login('admin', identity.adminPassword, { domain: { name: 'Default' } }) });
    expect(domain.body['token']).toMatchObject({ domain: { id: 'default' } });
  });

  it('with a token lives no longer than that token, and dies with nothing but its own end', async () => {
    const first = await call(url, 'POST', '/v3/auth/tokens', { body: login('demo', identity.demoPassword, 'unscoped') });
    const token = first.headers.get('x-subject-token') ?? '';
    const second = await call(url, 'POST', '/v3/auth/tokens', { body: { auth: { identity: { methods: ['token'], token: { id: token } }, scope: projectScope('demo') } } });
    expect(second.status).toBe(201);
    expect(second.body['token']).toMatchObject({ methods: ['token', 'password'], expires_at: (first.body['token'] as { expires_at: string }).expires_at, project: { name: 'demo' } });
  });
});

describe('a token', () => {
  it('is validated for its user and for admins, not for other users', async () => {
    const demo = await tokenFor(url, 'demo', identity.demoPassword, 'demo');
    expect((await call(url, 'GET', '/v3/auth/tokens', { token: admin, subject: demo })).body['token']).toMatchObject({ user: { name: 'demo' } });
    expect((await call(url, 'HEAD', '/v3/auth/tokens', { token: demo, subject: demo })).status).toBe(200);
    expect((await call(url, 'GET', '/v3/auth/tokens', { token: demo, subject: admin })).status).toBe(403);
    expect((await call(url, 'GET', '/v3/auth/tokens', { token: admin, subject: 'nonsense' })).status).toBe(404);
    expect((await call(url, 'GET', '/v3/auth/tokens', { subject: demo })).status).toBe(401);
  });

  it('is void once revoked, in this process as over HTTP', async () => {
    const token = await tokenFor(url, 'demo', identity.demoPassword, 'demo');
    expect(await identity.authenticator({ 'x-auth-token': token }, { requestId: 'req-7' })).toMatchObject({ requestId: 'req-7', userName: 'demo', projectName: 'demo', isAdmin: false });
    expect((await call(url, 'DELETE', '/v3/auth/tokens', { token, subject: token })).status).toBe(204);
    expect((await call(url, 'GET', '/v3/auth/projects', { token })).status).toBe(401);
    await expect(identity.authenticator({ 'x-auth-token': token }, { requestId: 'req-7' })).rejects.toMatchObject({ status: 401 });
  });

  it('is void once its user is disabled, loses the role or gets another password', async () => {
    const user = await create('user', { name: 'eve', domain_id: 'default', password: 'first' });
    const project = await create('project', { name: 'eves', domain_id: 'default' });
    const role = ((await call(url, 'GET', '/v3/roles?name=member', { token: admin })).body['roles'] as { id: string }[])[0]?.id ?? '';
    const grant = `/v3/projects/${project}/users/${user}/roles/${role}`;
    const works = async (token: string): Promise<boolean> => (await call(url, 'GET', '/v3/auth/projects', { token })).status === 200;
    expect((await call(url, 'PUT', grant, { token: admin })).status).toBe(204);
    const one = await tokenFor(url, 'eve', 'first', 'eves');
    expect(await works(one)).toBe(true);
    expect((await call(url, 'DELETE', grant, { token: admin })).status).toBe(204);
    expect(await works(one)).toBe(false);
    await call(url, 'PUT', grant, { token: admin });
    expect(await works(one)).toBe(true);
    expect((await call(url, 'POST', `/v3/users/${user}/password`, { body: { user: { original_password: 'first', password: 'second' } } })).status).toBe(204);
    expect(await works(one)).toBe(false);
    const two = await tokenFor(url, 'eve', 'second', 'eves');
    await call(url, 'PATCH', `/v3/users/${user}`, { token: admin, body: { user: { enabled: false } } });
    expect(await works(two)).toBe(false);
    await call(url, 'PATCH', `/v3/users/${user}`, { token: admin, body: { user: { enabled: true } } });
    expect(await works(two)).toBe(false);
  });
});

describe('the collections', () => {
  it('find by id and by name, and say 404 and 409 as Keystone does', async () => {
    const id = await create('project', { name: 'alpha', domain_id: 'default', description: 'first', colour: 'red' });
    expect((await call(url, 'GET', `/v3/projects/${id}`, { token: admin })).body['project']).toMatchObject({ id, name: 'alpha', parent_id: 'default', is_domain: false, colour: 'red', links: { self: `${url}/v3/projects/${id}` } });
    expect((await call(url, 'GET', '/v3/projects?name=alpha&domain_id=default', { token: admin })).body['projects']).toMatchObject([{ id }]);
    expect((await call(url, 'GET', '/v3/projects?name=none', { token: admin })).body['projects']).toEqual([]);
    expect((await call(url, 'GET', '/v3/projects/alpha', { token: admin })).body).toEqual({ error: { code: 404, title: 'Not Found', message: 'Could not find project: alpha.' } });
    expect((await call(url, 'POST', '/v3/projects', { token: admin, body: { project: { name: 'alpha' } } })).body).toMatchObject({ error: { code: 409, title: 'Conflict' } });
    expect((await call(url, 'PATCH', `/v3/projects/${id}`, { token: admin, body: { project: { description: 'second' } } })).body['project']).toMatchObject({ name: 'alpha', description: 'second', colour: 'red' });
    expect((await call(url, 'DELETE', `/v3/projects/${id}`, { token: admin })).status).toBe(204);
    expect((await call(url, 'DELETE', `/v3/projects/${id}`, { token: admin })).status).toBe(404);
  });

  it('never show a password, nor keep one among the further attributes', async () => {
    const id = await create('user', { name: 'carol', password: 'hush-hush', email: 'c@example.org', password_hash: 'x', tokens_valid_from: 5 });
    const { body } = await call(url, 'GET', `/v3/users/${id}`, { token: admin });
    expect(JSON.stringify(body)).not.toContain('hush');
    expect(body['user']).not.toHaveProperty('password_hash');
    expect(body['user']).toMatchObject({ email: 'c@example.org', enabled: true });
  });

  it('are for admins; users see themselves and their project', async () => {
    const token = await tokenFor(url, 'demo', identity.demoPassword, 'demo');
    const own = (await call(url, 'GET', '/v3/auth/tokens', { token, subject: token })).body['token'] as { user: { id: string }; project: { id: string } };
    for (const path of ['users', 'projects', 'roles', 'services', 'endpoints', 'domains', 'role_assignments']) expect((await call(url, 'GET', `/v3/${path}`, { token })).status).toBe(403);
    expect((await call(url, 'POST', '/v3/users', { token, body: { user: { name: 'mallory' } } })).body).toMatchObject({ error: { code: 403, message: 'You are not authorized to perform the requested action: identity:create_user.' } });
    expect((await call(url, 'GET', `/v3/users/${own.user.id}`, { token })).status).toBe(200);
    expect((await call(url, 'GET', `/v3/projects/${own.project.id}`, { token })).status).toBe(200);
    expect((await call(url, 'GET', '/v3/auth/projects', { token })).body['projects']).toMatchObject([{ name: 'demo' }]);
  });

  it('refuse what they would keep without meaning', async () => {
    const answer = await call(url, 'POST', '/v3/projects', { token: admin, body: { project: { name: 'tagged', tags: ['blue'], options: {} } } });
    expect(answer.body).toMatchObject({ error: { code: 400, message: expect.stringContaining('project.tags') } });
  });

  it('list the roles given, and with "effective" those that they imply', async () => {
    const names = async (query: string): Promise<string[]> => {
      const { body } = await call(url, 'GET', `/v3/role_assignments?include_names${query}`, { token: admin });
      const assignments = body['role_assignments'] as { role: { name: string }; user: { name: string }; scope: { project?: { name: string } } }[];
      return assignments.filter(({ user, scope }) => user.name === 'admin' && scope.project !== undefined).map(({ role }) => role.name).sort();
    };
    expect(await names('')).toEqual(['admin']);
    expect(await names('&effective')).toEqual(['admin', 'member', 'reader']);
  });

  it('take the operator\'s service for the one that is there, and a second URL for a second endpoint', async () => {
    const before = (await call(url, 'GET', '/v3/services?type=network', { token: admin })).body['services'] as { id: string }[];
    const id = await create('service', { type: 'network', name: 'neutron', description: 'OpenStack Networking' });
    expect(before).toMatchObject([{ id }]);
    const count = async (): Promise<number> => ((await call(url, 'GET', `/v3/endpoints?service_id=${id}&interface=public`, { token: admin })).body['endpoints'] as unknown[]).length;
    await create('endpoint', { service_id: id, interface: 'public', region: 'RegionOne', url: 'http://127.0.0.1:9696/' });
    expect(await count()).toBe(1);
    const other = await create('endpoint', { service_id: id, interface: 'public', region: 'RegionOne', url: 'http://controller:9696' });
    expect(await count()).toBe(2);
    await call(url, 'DELETE', `/v3/endpoints/${other}`, { token: admin });
  });
});

describe('bad requests', () => {
  it('get an error in Keystone\'s shape and never a 5xx', async () => {
    const cases = [
      await call(url, 'POST', '/v3/auth/tokens', { raw: '{"auth": ' }),
      await call(url, 'POST', '/v3/auth/tokens', { raw: '' }),
      await call(url, 'POST', '/v3/auth/tokens', { raw: 'null' }),
      await call(url, 'POST', '/v3/auth/tokens', { raw: '[]', type: 'text/plain' }),
      await call(url, 'POST', '/v3/auth/tokens', { raw: 'x'.repeat(200_000) }),
      await call(url, 'POST', '/v3/auth/tokens', { raw: new Uint8Array([0x7b, 0xff, 0xfe]) }),
      await call(url, 'POST', '/v3/auth/tokens', { raw: '['.repeat(50_000) }),
      await call(url, 'POST', '/v3/users', { token: admin, body: { user: { name: 5 } } }),
      await call(url, 'POST', '/v3/users', { token: admin, body: { user: { name: 'x', enabled: 'yes' } } }),
      await call(url, 'POST', '/v3/users', { token: admin, body: { user: { name: 'x', domain_id: 'nowhere' } } }),
      await call(url, 'POST', '/v3/users', { token: admin, body: { user: { name: 'y'.repeat(300) } } }),
      await call(url, 'POST', '/v3/users', { token: admin, body: { user: {} } }),
      await call(url, 'POST', '/v3/users', { token: admin, raw: '{"user": {"__proto__": {"name": "z"}}}' }),
      await call(url, 'POST', '/v3/endpoints', { token: admin, body: { endpoint: { service_id: 's', interface: 'side', url: 'x' } } }),
      await call(url, 'GET', '/v3/no/such/thing', { token: admin }),
      await call(url, 'GET', '/v3/users/%00', { token: admin }),
      await call(url, 'GET', `/v3/users/${'u'.repeat(5000)}`, { token: admin }),
      await call(url, 'PUT', '/v3/users', { token: admin, body: {} }),
      await call(url, 'GET', '/v3/users', { token: 'x'.repeat(9000) }),
    ];
    for (const { status, body } of cases) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body).toMatchObject({ error: { code: status, message: expect.any(String), title: expect.any(String) } });
    }
  });
});

describe('the service', () => {
  it('offers its version to clients that look for one', async () => {
    expect((await call(url, 'GET', '/')).status).toBe(300);
    expect((await call(url, 'GET', '/v3/')).body).toMatchObject({ version: { id: 'v3.14', status: 'stable', links: [{ rel: 'self', href: `${url}/v3/` }] } });
  });

  it('listens on nothing but loopback', async () => {
    using other = temporaryDirectory();
    await expect(startIdentity(other.path, { host: '0.0.0.0' })).rejects.toThrow('this machine only');
  });

  it('keeps its secrets from others and finds all again after a restart, tokens too', async () => {
    using other = temporaryDirectory();
    const first = await startIdentity(other.path);
    const token = await tokenFor(first.url, 'admin', first.adminPassword, 'admin');
    const revoked = await tokenFor(first.url, 'admin', first.adminPassword, 'admin');
    await call(first.url, 'DELETE', '/v3/auth/tokens', { token, subject: revoked });
    await first[Symbol.asyncDispose]();
    for (const file of ['identity.sqlite', 'identity-secrets.json']) expect(statSync(join(other.path, file)).mode & 0o777).toBe(0o600);
    await using second = await startIdentity(other.path, { networkUrl: 'http://127.0.0.1:9797' });
    expect(second.adminPassword).toBe(first.adminPassword);
    expect((await call(second.url, 'GET', '/v3/users', { token })).body['users']).toMatchObject([{ name: 'admin' }, { name: 'demo' }]);
    expect((await call(second.url, 'GET', '/v3/users', { token: revoked })).status).toBe(401);
    const endpoints = (await call(second.url, 'GET', '/v3/endpoints', { token })).body['endpoints'] as { url: string }[];
    const expected = ['http://127.0.0.1:9797', `${second.url}/v3`, `${second.url}/compute/v2.1`];
    expect(endpoints.map((endpoint) => endpoint.url).sort()).toEqual(expected.flatMap((each) => [each, each, each]).sort());
  });

  it('logs who was refused, and neither passwords nor tokens', async () => {
    await call(url, 'POST', '/v3/auth/tokens', { body: login('mallory', 'guess-work', projectScope('admin')) });
    const log = readFileSync(join(directory.path, 'identity.log'), 'utf8');
    expect(log).toContain('mallory');
    for (const secret of ['guess-work', identity.adminPassword, identity.demoPassword, admin, admin.slice(-20)]) expect(log).not.toContain(secret);
  });

  it('gives new passwords when its secrets are deleted, and says when they are damaged', async () => {
    using other = temporaryDirectory();
    const file = join(other.path, 'identity-secrets.json');
    const first = await startIdentity(other.path);
    const token = await tokenFor(first.url, 'admin', first.adminPassword, 'admin');
    await first[Symbol.asyncDispose]();
    rmSync(file);
    const second = await startIdentity(other.path);
    expect(second.adminPassword).not.toBe(first.adminPassword);
    expect((await call(second.url, 'GET', '/v3/users', { token })).status).toBe(401);
    await expect(tokenFor(second.url, 'admin', first.adminPassword, 'admin')).rejects.toThrow('401');
    await expect(tokenFor(second.url, 'admin', second.adminPassword, 'admin')).resolves.toMatch(/^nid1/);
    await second[Symbol.asyncDispose]();
    writeFileSync(file, '{"adminPassword": ');
    await expect(startIdentity(other.path)).rejects.toThrow('identity-secrets.json is damaged');
  });

  it('ends tokens when their time is up', async () => {
    using other = temporaryDirectory();
    await using short = await startIdentity(other.path, { tokenLifetime: 0.2 });
    const token = await tokenFor(short.url, 'admin', short.adminPassword, 'admin');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await call(short.url, 'GET', '/v3/users', { token })).status).toBe(401);
  });
});
