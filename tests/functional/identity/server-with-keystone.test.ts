import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requires } from '../../support/capabilities.ts';
import { freePort } from '../../support/free-port.ts';
import { realKeystone, startKeystone, type Keystone } from '../../support/keystone.ts';
import { makeUser } from '../../support/keystone-entries.ts';
import { startProgram, type NodeProgram } from '../../support/node-program.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { call, tokenFor } from './identity-client.ts';

/** The installation guide's file, in Newton's spelling. Its domain names are in small letters, which a Keystone on SQLite does not find. */
const configuration = (directory: string, port: number, identity: string): string => `
[DEFAULT]
bind_host = 127.0.0.1
bind_port = ${port}
core_plugin = ml2
service_plugins =
auth_strategy = keystone
state_path = ${directory}
api_paste_config = api-paste.ini
[keystone_authtoken]
auth_uri = ${identity}
auth_url = ${identity}
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = neutron
password = secret
token_cache_time = 2
[oslo_middleware]
enable_proxy_headers_parsing = true
`;

describe('the server with a real Keystone', { ...requires(realKeystone), timeout: 120_000 }, () => {
  const directory = temporaryDirectory();
  let keystone: Keystone;
  let identity: string;
  let server: NodeProgram;
  let url: string;

  beforeAll(async () => {
    keystone = await startKeystone();
    identity = keystone.authUrl.replace(/\/v3$/, '');
    for (const [project, user, role] of [['service', 'neutron', 'admin'], ['web', 'alice', 'member'], ['shop', 'bob', 'member']] as const) {
      await makeUser(keystone, { user, password: 'secret', project, roles: [role] });
    }
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const file = join(directory.path, 'neutron.conf');
    writeFileSync(file, configuration(directory.path, port, identity));
    await using manage = startProgram('@neutrino/server/cmd/neutron-db-manage', ['--config-file', file, 'upgrade', 'head']);
    if ((await manage.ended()) !== 0) throw new Error(manage.output());
    server = startProgram('@neutrino/server/cmd/neutron-server', ['--config-file', file]);
    await server.says('the network API answers');
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await keystone?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  const ask = async (method: string, path: string, { token, body, headers = {} }: { readonly token?: string; readonly body?: JsonObject; readonly headers?: Readonly<Record<string, string>> } = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { ...(token !== undefined && { 'X-Auth-Token': token }), ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const parsed: unknown = answer.status === 204 ? {} : await answer.json();
    return { status: answer.status, headers: answer.headers, body: isJsonObject(parsed) ? parsed : {} };
  };

  it('starts without a word of complaint but that a spelling is old', () => {
    expect(server.output()).not.toMatch(/ERROR|unknown/);
    expect(server.output()).toContain('auth_uri is deprecated');
  });

  it('sends who has no token, or one of nobody, to Keystone in its own words', async () => {
    for (const headers of [{}, { 'X-Auth-Token': 'made-up' }, { 'X-User-Id': 'root', 'X-Roles': 'admin', 'X-Project-Id': 'p', 'X-Identity-Status': 'Confirmed' }]) {
      const { status, headers: got, body } = await ask('GET', '/v2.0/networks', { headers });
      expect([status, got.get('www-authenticate'), body]).toEqual([
        401, `Keystone uri="${identity}"`, { error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } },
      ]);
    }
    expect((await ask('GET', '/')).status).toBe(200);
  });

  it('gives each what is its own', async () => {
    const [alice, bob, admin] = await Promise.all([tokenFor(identity, 'alice', 'secret', 'web'), tokenFor(identity, 'bob', 'secret', 'shop'), tokenFor(identity, 'admin', keystone.adminPassword, 'admin')]);
    const made = await ask('POST', '/v2.0/networks', { token: alice, body: { network: { name: 'hers' } }, headers: { 'X-Roles': 'admin', 'X-Project-Id': 'other' } });
    expect(made.status).toBe(201);
    const network = made.body['network'] as JsonObject;
    expect(Object.hasOwn(network, 'provider:network_type')).toBe(false);
    const path = `/v2.0/networks/${String(network['id'])}`;
    expect((await ask('POST', '/v2.0/networks', { token: alice, body: { network: { shared: true } }, headers: { 'X-Roles': 'admin' } })).status).toBe(403);
    expect([(await ask('GET', path, { token: bob })).status, (await ask('DELETE', path, { token: bob })).status]).toEqual([404, 404]);
    expect((await ask('GET', path, { token: admin })).body['network']).toMatchObject({ 'provider:network_type': 'local', project_id: network['project_id'] });
    expect((await ask('DELETE', path, { token: alice })).status).toBe(204);
  });

  it('no longer believes a revoked token when its time in the cache is over', async () => {
    const token = await tokenFor(identity, 'alice', 'secret', 'web');
    expect((await ask('GET', '/v2.0/networks', { token })).status).toBe(200);
    await call(identity, 'DELETE', '/v3/auth/tokens', { token, subject: token });
    await vi.waitFor(async () => expect((await ask('GET', '/v2.0/networks', { token })).status).toBe(401), { timeout: 60_000, interval: 200 });
  });
});
