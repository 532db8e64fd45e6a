import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { login } from './login.ts';
import type { LoginSettings } from './login-settings.ts';

// What Keystone would see: only what is sent to it matters here.
let server: Server;
let url: string;
let directory: string;
const logins: unknown[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      logins.push(JSON.parse(text));
      const endpoints = ['RegionOne', 'RegionTwo'].flatMap((region) => ['internal', 'public'].map((each) => ({ interface: each, region, url: `http://${each}.${region}:9696/` })));
      response.writeHead(201, { 'X-Subject-Token': 't0ken' });
      response.end(JSON.stringify({ token: { project: { id: 'p1' }, user: { id: 'u1' }, catalog: [{ type: 'network', endpoints }] } }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  directory = mkdtempSync(join(tmpdir(), 'neutron-login-'));
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => void logins.splice(0));

const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const attempt = (sources: { options?: LoginSettings; cloud?: string; configFiles?: readonly string[]; variables?: Record<string, string> }) =>
  login({ options: {}, files: { configFiles: sources.configFiles ?? [], configDirs: [] }, variables: {}, ...sources });

test('logs in with OS_ variables, and finds the public endpoint of the region', async () => {
  const variables = { OS_AUTH_URL: `${url}/v3`, OS_USERNAME: 'ann', OS_PASSWORD: 'secret', OS_PROJECT_NAME: 'blue', OS_USER_DOMAIN_ID: 'default', OS_REGION_NAME: 'RegionTwo' };
  const session = await attempt({ variables });
  expect(session).toMatchObject({ networkUrl: 'http://public.RegionTwo:9696', projectId: 'p1', userId: 'u1' });
  expect(logins).toEqual([
    {
      auth: {
        identity: { methods: ['password'], password: { user: { name: 'ann', domain: { id: 'default' }, password: 'secret' } } },
        scope: { project: { name: 'blue', domain: { name: 'Default' } } },
      },
    },
  ]);
});

test("logs in as nova.conf's [neutron] section says, whatever else stands there", async () => {
  const nova = file('nova.conf', `[DEFAULT]\nmy_ip = 10.0.0.1\n[neutron]\nurl = http://controller:9696\nauth_url = ${url}\nauth_type = password\nproject_domain_name = default\nuser_domain_name = default\nregion_name = RegionOne\nproject_name = service\nusername = neutron\npassword = pa$$word\nservice_metadata_proxy = true\n`);
  const session = await attempt({ configFiles: [nova], variables: { OS_USERNAME: 'other', OS_CLOUD: 'not-asked-for' } });
  expect(session.networkUrl).toBe('http://controller:9696');
  expect(JSON.stringify(logins)).toContain('{"name":"neutron","domain":{"name":"default"},"password":"pa$word"}');
});

test('options stand above a cloud of clouds.yaml, and that above variables', async () => {
  const clouds = file('clouds.yaml', `clouds:\n  blue:\n    auth: {auth_url: "${url}", username: ann, password: secret, project_name: blue}\n    interface: internal\n    region_name: RegionOne\n`);
  const session = await attempt({ cloud: 'blue', options: { username: 'bob' }, variables: { OS_CLIENT_CONFIG_FILE: clouds, OS_USERNAME: 'carl', OS_REGION_NAME: 'RegionTwo' } });
  expect(session.networkUrl).toBe('http://internal.RegionOne:9696');
  expect(JSON.stringify(logins)).toContain('"name":"bob"');
  await expect(attempt({ cloud: 'red', variables: { OS_CLIENT_CONFIG_FILE: clouds } })).rejects.toThrow(`no clouds.yaml names the cloud "red" (looked at ${clouds})`);
});

test('an endpoint needs no login, and a token goes with it', async () => {
  expect((await attempt({ variables: { OS_ENDPOINT: 'http://10.0.0.1:9696/v2.0/' } })).networkUrl).toBe('http://10.0.0.1:9696');
  expect((await attempt({ options: { endpoint: 'http://10.0.0.1:9696', token: 't' } })).networkUrl).toBe('http://10.0.0.1:9696');
  expect(logins).toEqual([]);
});

test('a token or an application credential stands in place of user and password', async () => {
  await attempt({ variables: { OS_AUTH_URL: url, OS_TOKEN: 't', OS_PROJECT_NAME: 'blue' } });
  await attempt({ variables: { OS_AUTH_URL: url, OS_AUTH_TYPE: 'v3applicationcredential', OS_APPLICATION_CREDENTIAL_ID: 'a', OS_APPLICATION_CREDENTIAL_SECRET: 's' } });
  const clouds = file('app.yaml', `clouds:\n  app:\n    auth_type: v3applicationcredential\n    auth: {auth_url: "${url}", application_credential_name: ci, application_credential_secret: s, username: ann}\n`);
  await attempt({ cloud: 'app', variables: { OS_CLIENT_CONFIG_FILE: clouds } });
  expect(logins).toEqual([
    { auth: { identity: { methods: ['token'], token: { id: 't' } }, scope: { project: { name: 'blue', domain: { name: 'Default' } } } } },
    { auth: { identity: { methods: ['application_credential'], application_credential: { id: 'a', secret: 's' } } } },
    { auth: { identity: { methods: ['application_credential'], application_credential: { name: 'ci', user: { name: 'ann', domain: { name: 'Default' } }, secret: 's' } } } },
  ]);
});

test('without a login the endpoint must be known, also in clouds.yaml', async () => {
  const clouds = file('none.yaml', 'clouds:\n  lab:\n    auth_type: none\n    auth: {endpoint: "http://10.0.0.1:9696"}\n');
  expect((await attempt({ cloud: 'lab', variables: { OS_CLIENT_CONFIG_FILE: clouds } })).networkUrl).toBe('http://10.0.0.1:9696');
  await expect(attempt({ variables: { OS_AUTH_TYPE: 'none' } })).rejects.toThrow('set OS_ENDPOINT');
  await expect(attempt({ variables: { OS_AUTH_TYPE: 'v3kerberos', OS_AUTH_URL: url } })).rejects.toThrow('auth type v3kerberos is not available');
  expect(logins).toEqual([]);
});

test('what is missing is named', async () => {
  await expect(attempt({})).rejects.toThrow('set OS_AUTH_URL (or --os-auth-url)');
  await expect(attempt({ variables: { OS_AUTH_URL: url, OS_USERNAME: 'ann' } })).rejects.toThrow('set OS_PASSWORD (or --os-password)');
  await expect(attempt({ configFiles: [file('empty.conf', '[DEFAULT]\n')] })).rejects.toThrow(/no \[neutron\] section with auth_url stands in .*empty\.conf/);
  await expect(attempt({ configFiles: [join(directory, 'absent.conf')] })).rejects.toThrow('absent.conf');
  await expect(attempt({ options: { authUrl: url, username: 'a', password: 'b', projectName: 'c', regionName: 'Nowhere' } })).rejects.toThrow('no public endpoint of type network in region Nowhere');
});
