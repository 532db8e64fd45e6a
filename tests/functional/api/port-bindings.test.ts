import type { Json, JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type Answer, type NetworkServer } from '../../support/network-server.ts';

const admin = { project: 'admin-project' };
const owner = { project: 'p1', roles: 'member,reader' };
const stranger = { project: 'p2', roles: 'member,reader' };
let server: NetworkServer;
let network: JsonObject;

beforeAll(async () => {
  server = await networkServer('[ml2]\nmechanism_drivers = linuxbridge\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n');
  for (const host of ['h1', 'h2', 'h3']) await addAgent(host);
  network = await server.create(owner, '/v2.0/networks', { network: {} });
  await server.create(owner, '/v2.0/subnets', { subnet: { network_id: network['id'], cidr: '192.0.2.0/24', ip_version: 4 } });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** A Linux bridge agent that lives for as long as the test. */
async function addAgent(host: string): Promise<void> {
  const now = new Date(Date.now() + 600_000).toISOString().slice(0, 19).replace('T', ' ');
  await server.db
    .insertInto('agents')
    .values({
      id: crypto.randomUUID(), agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host, availability_zone: null, admin_state_up: 1, description: '',
      created_at: now, started_at: now, heartbeat_timestamp: now, configurations: JSON.stringify({ tunnel_types: ['vxlan'] }), resource_versions: '{}', load: 0,
    })
    .execute();
}

async function instancePort(more: JsonObject = {}): Promise<string> {
  const port = { network_id: network['id'], project_id: 'p1', device_owner: 'compute:nova', device_id: crypto.randomUUID(), 'binding:host_id': 'h1', ...more };
  return String((await server.create(admin, '/v2.0/ports', { port }))['id']);
}

const at = (port: string, rest = ''): string => `/v2.0/ports/${port}/bindings${rest}`;
const fault = ({ status, body }: Answer): readonly unknown[] => [status, (body['NeutronError'] as JsonObject | undefined)?.['type']];
const prepare = (port: string, host: string, more: JsonObject = {}): Promise<Answer> => server.request(admin, 'POST', at(port), { binding: { host, ...more } });
const shown = async (port: string): Promise<JsonObject> => (await server.request(admin, 'GET', `/v2.0/ports/${port}`)).body['port'] as JsonObject;
const hosts = async (port: string): Promise<readonly Json[]> =>
  ((await server.request(admin, 'GET', at(port))).body['bindings'] as readonly JsonObject[]).map(({ host, status, vif_type: vif }) => [host ?? null, status ?? null, vif ?? null]);

describe('The bindings of a port', () => {
  it('begin with the one it has, and a second one is prepared beside it', async () => {
    const port = await instancePort();
    expect(await hosts(port)).toEqual([['h1', 'ACTIVE', 'bridge']]);
    const before = await shown(port);
    const made = await prepare(port, 'h2', { profile: { trunk: 1 } });
    expect([made.status, made.body]).toEqual([
      201,
      { binding: { host: 'h2', status: 'INACTIVE', vif_type: 'bridge', vnic_type: 'normal', profile: { trunk: 1 }, vif_details: expect.objectContaining({ connectivity: 'l2' }) } },
    ]);
    expect(await hosts(port)).toEqual([['h1', 'ACTIVE', 'bridge'], ['h2', 'INACTIVE', 'bridge']]);
    expect(await shown(port)).toMatchObject({ 'binding:host_id': 'h1', revision_number: Number(before['revision_number']) + 1 });
    expect(fault(await prepare(port, 'h2'))).toEqual([409, 'PortBindingAlreadyExists']);
    // Nova looks for the ports that it prepared on a host.
    const found = await server.request(admin, 'GET', `/v2.0/ports?device_id=${String(before['device_id'])}&binding:host_id=h2&fields=id`);
    expect(found.body['ports']).toEqual([{ id: port }]);
  });

  it('are exchanged when one is activated', async () => {
    const port = await instancePort();
    await prepare(port, 'h2');
    await server.db.updateTable('ports').set({ status: 'ACTIVE' }).where('id', '=', port).execute();
    const activated = await server.request(admin, 'PUT', at(port, '/h2/activate'));
    expect([activated.status, activated.body]).toMatchObject([200, { host: 'h2', status: 'ACTIVE', vif_type: 'bridge' }]);
    expect(await hosts(port)).toEqual([['h1', 'INACTIVE', 'unbound'], ['h2', 'ACTIVE', 'bridge']]);
    expect(await shown(port)).toMatchObject({ status: 'DOWN', 'binding:host_id': 'h2', 'binding:vif_type': 'bridge' });
    expect(fault(await server.request(admin, 'PUT', at(port, '/h2/activate')))).toEqual([409, 'PortBindingAlreadyActive']);
    expect(fault(await server.request(admin, 'PUT', at(port, '/h3/activate')))).toEqual([404, 'PortBindingNotFound']);
    // And back again.
    expect((await server.request(admin, 'PUT', at(port, '/h1/activate'))).body).toMatchObject({ host: 'h1', status: 'ACTIVE', vif_type: 'bridge' });
    expect((await server.request(admin, 'DELETE', at(port, '/h2'))).status).toBe(204);
    expect(await hosts(port)).toEqual([['h1', 'ACTIVE', 'bridge']]);
    expect(fault(await server.request(admin, 'DELETE', at(port, '/h2')))).toEqual([404, 'PortBindingNotFound']);
  });

  it('can be shown, changed, filtered and cut to fields', async () => {
    const port = await instancePort();
    await prepare(port, 'h2');
    expect((await server.request(admin, 'GET', at(port, '/h2?fields=host&fields=status'))).body).toEqual({ binding: { host: 'h2', status: 'INACTIVE' } });
    expect((await server.request(admin, 'GET', at(port, '?status=INACTIVE&fields=host'))).body).toEqual({ bindings: [{ host: 'h2' }] });
    expect((await server.request(admin, 'GET', at(port, '?colour=red'))).status).toBe(400);
    const changed = await server.request(admin, 'PUT', at(port, '/h2'), { binding: { profile: { a: 1 } } });
    expect(changed.body['binding']).toMatchObject({ host: 'h2', status: 'INACTIVE', profile: { a: 1 }, vif_type: 'bridge' });
    const active = await server.request(admin, 'PUT', at(port, '/h1'), { binding: { profile: { b: 2 } } });
    expect(active.body['binding']).toMatchObject({ host: 'h1', status: 'ACTIVE', profile: { b: 2 }, vif_type: 'bridge' });
    expect(await shown(port)).toMatchObject({ 'binding:profile': { b: 2 } });
    expect(fault(await server.request(admin, 'PUT', at(port, '/h3'), { binding: { profile: {} } }))).toEqual([404, 'PortBindingNotFound']);
    expect(fault(await server.request(admin, 'GET', at(port, '/h3')))).toEqual([404, 'PortBindingNotFound']);
    expect(fault(await server.request(admin, 'PUT', at(port, '/h2'), { binding: { status: 'ACTIVE' } }))).toEqual([400, 'HTTPBadRequest']);
  });

  it('are refused where no driver binds, with a profile too large, without a host, and several at once', async () => {
    const port = await instancePort();
    expect(fault(await prepare(port, 'nowhere'))).toEqual([409, 'PortBindingError']);
    expect(fault(await prepare(port, 'h2', { vnic_type: 'direct' }))).toEqual([409, 'PortBindingError']);
    expect(fault(await prepare(port, 'h2', { vnic_type: 'warp' }))).toEqual([400, 'HTTPBadRequest']);
    expect(fault(await prepare(port, 'h2', { profile: { x: 'x'.repeat(5000) } }))).toEqual([400, 'InvalidInput']);
    expect(fault(await server.request(admin, 'POST', at(port), { binding: {} }))).toEqual([400, 'HTTPBadRequest']);
    expect(fault(await server.request(admin, 'POST', at(port), { bindings: [{ host: 'h2' }] }))).toEqual([400, 'HTTPBadRequest']);
    expect(await hosts(port)).toEqual([['h1', 'ACTIVE', 'bridge']]);
  });

  it('are those of instances alone', async () => {
    const port = await instancePort({ device_owner: '' });
    expect(fault(await server.request(admin, 'GET', at(port)))).toEqual([400, 'BadRequest']);
    expect(fault(await prepare(port, 'h2'))).toEqual([400, 'BadRequest']);
    expect(fault(await prepare(crypto.randomUUID(), 'h2'))).toEqual([404, 'PortNotFound']);
  });

  it('are an administrator\'s to see and change', async () => {
    const port = await instancePort();
    expect(fault(await server.request(owner, 'GET', at(port)))).toEqual([403, 'PolicyNotAuthorized']);
    expect(fault(await server.request(owner, 'POST', at(port), { binding: { host: 'h2' } }))).toEqual([403, 'PolicyNotAuthorized']);
    expect(fault(await server.request(owner, 'PUT', at(port, '/h1/activate')))).toEqual([403, 'PolicyNotAuthorized']);
    expect(fault(await server.request(stranger, 'GET', at(port)))).toEqual([404, 'PortNotFound']);
    expect(fault(await server.request(stranger, 'DELETE', at(port, '/h1')))).toEqual([404, 'PortNotFound']);
  });

  it('end when the active one is deleted, and begin anew with the next', async () => {
    const port = await instancePort();
    expect((await server.request(admin, 'DELETE', at(port, '/h1'))).status).toBe(204);
    expect(await shown(port)).toMatchObject({ 'binding:host_id': '', 'binding:vif_type': 'unbound', status: 'DOWN' });
    expect((await prepare(port, 'h2')).body['binding']).toMatchObject({ host: 'h2', status: 'ACTIVE', vif_type: 'bridge' });
    expect(await shown(port)).toMatchObject({ 'binding:host_id': 'h2', 'binding:vif_type': 'bridge' });
  });

  it('give way where the port itself is moved to a host that was prepared', async () => {
    const port = await instancePort();
    await prepare(port, 'h2');
    const moved = await server.request(admin, 'PUT', `/v2.0/ports/${port}`, { port: { 'binding:host_id': 'h2' } });
    expect(moved.body['port']).toMatchObject({ 'binding:host_id': 'h2', 'binding:vif_type': 'bridge' });
    expect(await hosts(port)).toEqual([['h2', 'ACTIVE', 'bridge']]);
  });

  it('are prepared once, however many ask at the same time', async () => {
    const port = await instancePort();
    const answers = await Promise.all(Array.from({ length: 8 }, () => prepare(port, 'h2')));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    const activated = await Promise.all(Array.from({ length: 8 }, () => server.request(admin, 'PUT', at(port, '/h2/activate'))));
    expect(activated.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
    expect(server.errors).toEqual([]);
  });
});
