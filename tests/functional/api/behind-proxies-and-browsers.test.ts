import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const admin = { project: 'p' };

describe('a server as it is installed', () => {
  let server: NetworkServer;
  beforeAll(async () => {
    server = await networkServer();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  it('believes nobody who claims to be a proxy', async () => {
    const { body } = await server.request(admin, 'GET', '/', undefined, { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Prefix': '/x', Forwarded: 'proto=https' });
    expect(body['versions']).toMatchObject([{ links: [{ href: `${server.url}/v2.0/` }] }]);
  });

  it('allows pages of elsewhere nothing', async () => {
    const asked = await server.request(admin, 'OPTIONS', '/v2.0/networks', undefined, { Origin: 'https://horizon.example.com', 'Access-Control-Request-Method': 'GET' });
    expect(asked.status).toBe(405);
    const given = await server.request(admin, 'GET', '/v2.0/networks', undefined, { Origin: 'https://horizon.example.com' });
    expect([given.status, given.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });

  it.each([
    ['*/*', 'text/plain; charset=UTF-8', 'OK'],
    ['application/json', 'application/json; charset=UTF-8', '"reasons": [\n        "OK"\n    ]'],
    ['text/html;q=0.9, application/json;q=0.1', 'text/html; charset=UTF-8', '<TD>OK</TD>'],
    ['image/png', 'text/plain; charset=UTF-8', 'OK'],
  ])('is healthy, and says so in what %s asks for', async (accept, type, text) => {
    const answer = await fetch(`${server.url}/healthcheck`, { headers: { accept } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
    const body = await answer.text();
    expect(body).toContain(text);
    expect(body).not.toContain('/etc/neutron');
    expect((await fetch(`${server.url}/healthcheck`, { method: 'HEAD' })).status).toBe(204);
  });
});

describe('a server behind a proxy, for browsers and load balancers', () => {
  const directory = temporaryDirectory();
  const out = join(directory.path, 'out');
  let server: NetworkServer;
  beforeAll(async () => {
    server = await networkServer(`
pagination_max_limit = 1
[oslo_middleware]
enable_proxy_headers_parsing = true
max_request_body_size = 400
[cors]
allowed_origin = https://horizon.example.com,https://other.example.com
max_age = 60
[healthcheck]
backends = disable_by_file,database
disable_by_file_path = ${out}
detailed = true
`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });
  const origin = 'https://horizon.example.com';

  it('leads clients back to where they came from: in versions, resources and pages', async () => {
    const proxy = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'cloud.example.com', 'X-Forwarded-Prefix': '/networking' };
    const base = 'https://cloud.example.com/networking/v2.0/';
    expect((await server.request(admin, 'GET', '/', undefined, proxy)).body['versions']).toMatchObject([{ links: [{ href: base }] }]);
    expect(JSON.stringify((await server.request(admin, 'GET', '/v2.0', undefined, proxy)).body)).toContain(`${base}networks`);
    await server.create(admin, '/v2.0/networks', { network: { name: 'a' } });
    await server.create(admin, '/v2.0/networks', { network: { name: 'b' } });
    const { body } = await server.request(admin, 'GET', '/v2.0/networks?limit=1', undefined, proxy);
    expect(JSON.stringify(body['networks_links'])).toContain(`${base}networks?`);
  });

  it('takes no body larger than it was told to', async () => {
    const make = async (length: number): Promise<number> => (await server.request(admin, 'POST', '/v2.0/networks', { network: { description: 'x'.repeat(length) } })).status;
    expect([await make(200), await make(500)]).toEqual([201, 413]);
  });

  it('tells a browser beforehand what a page of an allowed origin may do', async () => {
    const ask = (headers: Readonly<Record<string, string>>) => server.request(admin, 'OPTIONS', '/v2.0/networks', undefined, { Origin: origin, 'Access-Control-Request-Method': 'PUT', ...headers });
    const allowed = await ask({ 'Access-Control-Request-Headers': 'x-auth-token, content-type' });
    expect(allowed.status).toBe(200);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', 'access-control-max-age': '60',
      'access-control-allow-methods': 'PUT', 'access-control-allow-headers': 'x-auth-token,content-type',
    });
    for (const refused of [{ Origin: 'https://evil.example.com' }, { 'Access-Control-Request-Method': 'TRACE' }, { 'Access-Control-Request-Headers': 'X-Evil' }]) {
      const answer = await ask(refused);
      expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-allow-methods')]).toEqual([200, null, null]);
    }
  });

  it('lets pages of allowed origins alone see answers, errors too', async () => {
    const seen = async (path: string, from: string): Promise<readonly unknown[]> => {
      const { status, headers } = await server.request(admin, 'GET', path, undefined, { Origin: from });
      return [status, headers.get('access-control-allow-origin'), headers.get('access-control-expose-headers')?.includes('X-OpenStack-Request-ID')];
    };
    expect(await seen('/v2.0/networks', origin)).toEqual([200, origin, true]);
    expect(await seen('/v2.0/networks/none', 'https://other.example.com')).toEqual([404, 'https://other.example.com', true]);
    expect(await seen('/nothing', origin)).toEqual([404, origin, true]);
    expect(await seen('/v2.0/networks', 'https://evil.example.com')).toEqual([200, null, undefined]);
  });

  it('goes out of service by a file, and comes back', async () => {
    const ask = async (): Promise<readonly unknown[]> => {
      const answer = await fetch(`${server.url}/healthcheck`, { headers: { accept: 'application/json' } });
      const { detailed, reasons } = (await answer.json()) as { detailed: boolean; reasons: { reason: string; details: string }[] };
      return [answer.status, detailed, ...reasons.map(({ reason, details }) => `${reason}: ${details}`)];
    };
    expect(await ask()).toEqual([200, true, `OK: Path '${out}' was not found`, 'OK: The database answers']);
    writeFileSync(out, '');
    expect(await ask()).toEqual([503, true, `DISABLED BY FILE: Path '${out}' was found`, 'OK: The database answers']);
    expect((await fetch(`${server.url}/healthcheck`, { method: 'HEAD' })).status).toBe(503);
    rmSync(out);
    expect((await ask())[0]).toBe(200);
  });
});
