import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkServer, type Answer, type Caller, type NetworkServer } from '../../support/network-server.ts';

const admin: Caller = { project: 'p' };
const member: Caller = { project: 'p', roles: 'member' };
const other: Caller = { project: 'q', roles: 'member' };
let server: NetworkServer;
let network_id: Json | undefined;

beforeEach(async () => {
  server = await networkServer();
  network_id = (await server.create(admin, '/v2.0/networks', { network: {} }))['id'];
});
afterEach(async () => server[Symbol.asyncDispose]());

const subnet = (cidr: string, service_types: readonly string[], given: JsonObject = {}): Promise<JsonObject> =>
  server.create(admin, '/v2.0/subnets', { subnet: { network_id, ip_version: cidr.includes(':') ? 6 : 4, cidr, service_types, ...given } });
const port = (given: JsonObject): Promise<Answer> => server.request(admin, 'POST', '/v2.0/ports', { port: { network_id, ...given } });

/** The subnets of a new port's addresses. */
async function subnetsOf(given: JsonObject): Promise<readonly (Json | undefined)[]> {
  const made = await server.create(admin, '/v2.0/ports', { port: { network_id, ...given } });
  return (made['fixed_ips'] as readonly JsonObject[]).map((ip) => ip['subnet_id']);
}

function typeOf({ body }: Answer): Json | undefined {
  const fault = body['NeutronError'];
  return isJsonObject(fault) ? fault['type'] : undefined;
}

describe('the service types of a subnet', () => {
  it('give it to ports of such owners, before subnets that are for all, and to no others', async () => {
    const plain = await subnet('10.0.0.0/24', []);
    const nova = await subnet('10.0.1.0/24', ['compute:nova', 'compute:foo']);
    expect(nova).toMatchObject({ service_types: ['compute:nova', 'compute:foo'] });
    expect(await subnetsOf({ device_owner: 'compute:nova' })).toEqual([nova['id']]);
    expect(await subnetsOf({ device_owner: 'compute:bar' })).toEqual([plain['id']]);
    expect(await subnetsOf({})).toEqual([plain['id']]);
    const wrong = await port({ fixed_ips: [{ subnet_id: nova['id'] }] });
    expect([wrong.status, typeOf(wrong)]).toEqual([400, 'InvalidInput']);
  });

  it('leave ports of other owners without any, which is an error', async () => {
    await subnet('10.0.1.0/24', ['compute:nova']);
    const refused = await port({ device_owner: 'network:x' });
    expect(refused).toMatchObject({
      status: 409,
      body: { NeutronError: { type: 'IpAddressGenerationFailureNoMatchingSubnet', message: `No valid service subnet for the given device owner, network ${String(network_id)}, service type network:x.` } },
    });
  });

  it('keep no DHCP server out where DHCP is on', async () => {
    const served = await subnet('10.0.0.0/24', ['compute:nova']);
    await subnet('10.0.1.0/24', ['compute:nova'], { enable_dhcp: false });
    expect(await subnetsOf({ device_owner: 'network:dhcp' })).toEqual([served['id']]);
  });

  it('hold for addresses that ports compute, of new subnets too', async () => {
    const four = await subnet('10.0.0.0/24', []);
    const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
    const six = await subnet('fd00::/64', ['compute:nova'], slaac);
    expect(await subnetsOf({ device_owner: 'compute:nova' })).toEqual([four['id'], six['id']]);
    expect(await subnetsOf({})).toEqual([four['id']]);
    const later = await subnet('fd01::/64', ['compute:nova'], slaac);
    const ports = (await server.request(admin, 'GET', '/v2.0/ports?sort_key=device_owner&sort_dir=asc')).body['ports'] as readonly JsonObject[];
    const addressed = ports.map(({ fixed_ips }) => (fixed_ips as readonly JsonObject[]).some((ip) => ip['subnet_id'] === later['id']));
    expect(addressed).toEqual([false, true]);
  });

  it('hold for ports whose addresses change', async () => {
    const plain = await subnet('10.0.0.0/24', []);
    const nova = await subnet('10.0.1.0/24', ['compute:nova']);
    const made = await server.create(admin, '/v2.0/ports', { port: { network_id } });
    const url = `/v2.0/ports/${String(made['id'])}`;
    expect((await server.request(admin, 'PUT', url, { port: { fixed_ips: [{ subnet_id: plain['id'] }, { subnet_id: nova['id'] }] } })).status).toBe(400);
    expect((await server.request(admin, 'PUT', url, { port: { device_owner: 'compute:nova', fixed_ips: [{ subnet_id: plain['id'] }, { subnet_id: nova['id'] }] } })).status).toBe(200);
  });

  it('are the owner’s to set, change and clear', async () => {
    const { id, revision_number } = await subnet('10.0.0.0/24', []);
    const url = `/v2.0/subnets/${String(id)}`;
    expect((await server.request(other, 'PUT', url, { subnet: { service_types: [] } })).status).toBe(404);
    const changed = (await server.request(member, 'PUT', url, { subnet: { service_types: ['compute:nova'] } })).body['subnet'] as JsonObject;
    expect(changed).toMatchObject({ service_types: ['compute:nova'], revision_number: Number(revision_number) + 1 });
    expect((await server.request(member, 'PUT', url, { subnet: { service_types: null } })).body['subnet']).toMatchObject({ service_types: [] });
  });

  it.each<readonly [string, Json, string]>([
    ['no list', 'compute:nova', 'HTTPBadRequest'],
    ['no texts', [7], 'InvalidInputSubnetServiceType'],
    ['no owners of ports', ['foo:x'], 'InvalidSubnetServiceType'],
  ])('are refused where they are %s', async (_what, service_types, type) => {
    const answer = await server.request(admin, 'POST', '/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '10.0.0.0/24', service_types } });
    expect([answer.status, typeOf(answer)]).toEqual([400, type]);
  });
});
