import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computeService, type ComputeService } from '../../support/compute-service.ts';
import { requires } from '../../support/capabilities.ts';
import { realKeystone, startKeystone, type Keystone } from '../../support/keystone.ts';
import { enterService, makeUser } from '../../support/keystone-entries.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';

const admin = { project: 'p1' };
const instance = '7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e';

describe('a Nova that asks a real Keystone who tells it of ports', requires(realKeystone), () => {
  const stack = new AsyncDisposableStack();
  let keystone: Keystone;
  let nova: ComputeService;
  let port: string;

  const settings = (more = ''): string =>
    `[nova]\nauth_url = ${keystone.authUrl}\nauth_type = password\nproject_domain_name = Default\nuser_domain_name = Default\nregion_name = ${keystone.region}\nproject_name = service\nusername = nova\npassword = n0va\n${more}`;
  /** 401 where Keystone does not know the token, or its user is not Nova. */
  const asksKeystone = async ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): Promise<{ readonly status: number } | undefined> => {
    const answer = await fetch(`${keystone.authUrl}/auth/tokens`, { headers: { 'X-Auth-Token': await keystone.token(), 'X-Subject-Token': String(headers['x-auth-token']) } });
    const { token } = (await answer.json()) as { token?: { user: { name: string }; project: { name: string } } };
    return token?.user.name === 'nova' && token.project.name === 'service' ? undefined : { status: 401 };
  };
  const serverWithPort = async (more = ''): Promise<NetworkServer> => {
    const server = await networkServer(settings(more));
    const network = await server.create(admin, '/v2.0/networks', { network: { name: 'n' } });
    port = String((await server.create(admin, '/v2.0/ports', { port: { network_id: network['id'] ?? '', device_id: instance, device_owner: 'compute:nova' } }))['id']);
    return server;
  };
  const rename = (server: NetworkServer, name: string): Promise<unknown> => server.request(admin, 'PUT', `/v2.0/ports/${port}`, { port: { name } });

  beforeAll(async () => {
    keystone = stack.use(await startKeystone());
    nova = stack.use(await computeService());
    await makeUser(keystone, { user: 'nova', password: 'n0va', project: 'service', roles: ['admin'] });
    await enterService(keystone, { type: 'compute', name: 'nova', url: `${nova.url}/` });
    nova.answer = asksKeystone;
  });
  afterAll(() => stack.disposeAsync());

  test('is found in the catalog, and told with a token of the user of [nova]; a token that was revoked is replaced', async () => {
    await using server = await serverWithPort('endpoint_type = internal\n');
    await rename(server, 'a');
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${port}`]);
    const token = String(nova.requests.at(-1)?.headers['x-auth-token']);
    const revoked = await fetch(`${keystone.authUrl}/auth/tokens`, { method: 'DELETE', headers: { 'X-Auth-Token': token, 'X-Subject-Token': token } });
    expect(revoked.status).toBe(204);
    const before = nova.requests.length;
    await rename(server, 'b');
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${port}`, `network-changed ${port}`]);
    expect(nova.requests.slice(before).map(({ headers }) => headers['x-auth-token'] === token)).toEqual([true, false]);
    expect(server.errors).toEqual([]);
  });

  test('that is not in the catalog, or does not let the user in, is waited for; the log names neither password nor token', async () => {
    const told = nova.told.length;
    await using nowhere = await serverWithPort('endpoint_type = public\nregion_name = elsewhere\n');
    await rename(nowhere, 'a');
    await expect.poll(() => nowhere.errors.join('\n'), { timeout: 60_000 }).toContain("no public endpoint of the compute service in the region elsewhere");
    await using wrong = await serverWithPort('password = wr0ng\n');
    await rename(wrong, 'a');
    await expect.poll(() => wrong.errors.join('\n'), { timeout: 60_000 }).toContain('Keystone answers 401 to the log-in of the user \\"nova\\" in the project \\"service\\" of [nova]');
    expect(wrong.errors.join('\n')).not.toContain('wr0ng');
    expect(nova.told.length).toBe(told);
  });
});
