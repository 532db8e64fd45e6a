import type { Json, JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';

/** What the released Neutron answers to the same requests: clients match on types, and people on texts. */

const admin = { project: 'p1' };
const nobody = '11111111-1111-1111-1111-111111111111';
let server: NetworkServer;
let network: string;
let port: string;
let group: string;

beforeAll(async () => {
  server = await networkServer('[ml2]\nextension_drivers = port_security\n[quotas]\nquota_port = -1\n');
  network = String((await server.create(admin, '/v2.0/networks', { network: { name: 'n' } }))['id']);
  await server.create(admin, '/v2.0/subnets', { subnet: { network_id: network, cidr: '10.0.0.0/24', ip_version: 4 } });
  port = String((await server.create(admin, '/v2.0/ports', { port: { network_id: network, name: 'first' } }))['id']);
  group = String((await server.create(admin, '/v2.0/security-groups', { security_group: { name: 'g' } }))['id']);
});
afterAll(async () => server[Symbol.asyncDispose]());

async function refusal(method: string, path: string, body?: Json, headers?: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const answer = await server.request(admin, method, path, body, headers);
  const { type, message } = (answer.body['NeutronError'] ?? {}) as JsonObject;
  return [answer.status, type, message];
}

describe('a list', () => {
  it.each([
    ['limit=-1', 'BadRequest', "Bad limit request: Limit must be an integer 0 or greater and not '-1'."],
    ['limit=abc', 'BadRequest', "Bad limit request: Limit must be an integer 0 or greater and not 'abc'."],
    ['nope=1', 'HTTPBadRequest', "['nope'] is invalid attribute for filtering"],
    ['nope=1&nope2=2', 'HTTPBadRequest', "['nope', 'nope2'] is invalid attribute for filtering"],
    ['sort_key=name&sort_dir=up', 'HTTPBadRequest', "['up'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'"],
    ['sort_key=name&sort_key=id&sort_dir=asc', 'HTTPBadRequest', 'The number of sort_keys and sort_dirs must be same'],
    ['sort_key=nope&sort_dir=asc', 'HTTPBadRequest', "['nope'] is invalid attribute for sort_keys"],
    ['admin_state_up=maybe', 'InvalidInput', "Invalid input for operation: 'maybe' cannot be converted to boolean."],
    ['fixed_ips=10.0.0.2', 'InvalidInput', "Invalid input for operation: '10.0.0.2' is not of the form <key>=[value]."],
    ['changed_since=yesterday', 'InvalidInput', 'Invalid input for operation: The input changed_since must be in the following format: YYYY-MM-DDTHH:MM:SSZ.'],
  ])('of ports with %s is refused', async (query, type, message) => {
    expect(await refusal('GET', `/v2.0/ports?${query}`)).toEqual([400, type, message]);
  });

  it.each(['networks', 'subnets', 'ports', 'security-groups', 'security-group-rules'])('of %s may be of what changed since a moment', async (path) => {
    const collection = path.replaceAll('-', '_');
    const count = async (moment: string): Promise<number> => ((await server.request(admin, 'GET', `/v2.0/${path}?changed_since=${encodeURIComponent(moment)}`)).body[collection] as readonly Json[]).length;
    const before = await count('2020-01-01T00:00:00Z');
    expect(before).toBeGreaterThan(0);
    for (const moment of ['2020-01-01T00:00:00', '2020-01-01', '2020-01-01T00:00:00+02:00', '2020-01-01 00:00:00.5']) expect(await count(moment)).toBe(before);
    expect(await count('2099-01-01T00:00:00Z')).toBe(0);
    // In a zone ahead of UTC the same numbers are an earlier moment.
    expect(await count(new Date(Date.now() + 3_600_000).toISOString().replace('.', '+').slice(0, 19) + '+05:00')).toBe(before);
    expect((await refusal('GET', `/v2.0/${path}?changed_since=x`)).slice(0, 2)).toEqual([400, 'InvalidInput']);
  });

  it('begins after a marker only where it has pages, and reads every other word than true as false', async () => {
    const ports = async (query: string): Promise<Json | undefined> => (await server.request(admin, 'GET', `/v2.0/ports?fields=name&${query}`)).body['ports'];
    expect(await ports(`marker=${nobody}`)).toEqual([{ name: 'first' }]);
    expect((await refusal('GET', `/v2.0/ports?limit=1&marker=${nobody}`)).slice(0, 2)).toEqual([404, 'PortNotFound']);
    expect(await ports('limit=1&page_reverse=perhaps')).toEqual([{ name: 'first' }]);
    expect(await ports('limit=0')).toEqual([{ name: 'first' }]);
  });

  it('overlooks filters that do not exist where the operator wants that', async () => {
    await using tolerant = await networkServer('filter_validation = false\n');
    expect((await tolerant.request(admin, 'GET', '/v2.0/networks?nope=1')).body).toEqual({ networks: [] });
    expect((await tolerant.request(admin, 'GET', '/v2.0/extensions/filter-validation')).status).toBe(404);
  });
});

describe('a body', () => {
  it.each([
    [{}, 'HTTPBadRequest', "Unable to find 'port' in request body"],
    [{ nope: 1, nope2: 2 }, 'HTTPBadRequest', "Unrecognized attribute(s) 'nope, nope2'"],
    [{ status: 'ACTIVE' }, 'HTTPBadRequest', "Attribute 'status' not allowed in POST"],
    [{ admin_state_up: 'maybe' }, 'InvalidInput', "Invalid input for operation: 'maybe' cannot be converted to boolean."],
    [{ port_security_enabled: null }, 'InvalidInput', "Invalid input for operation: 'None' cannot be converted to boolean."],
    [{ mac_address: '00:00:00:00:00:00' }, 'HTTPBadRequest', "Invalid input for mac_address. Reason: '00:00:00:00:00:00' is not a valid MAC address."],
    [{ device_id: null }, 'HTTPBadRequest', "Invalid input for device_id. Reason: 'None' is not a valid string."],
    [{ name: 'x'.repeat(256) }, 'HTTPBadRequest', `Invalid input for name. Reason: '${'x'.repeat(256)}' exceeds maximum length of 255.`],
    [{ fixed_ips: 'x' }, 'HTTPBadRequest', "Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: 'x'."],
    [{ fixed_ips: [1] }, 'HTTPBadRequest', "Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: '1'."],
    [{ 'binding:profile': { a: 'x'.repeat(5000) } }, 'InvalidInput', 'Invalid input for operation: binding:profile value too large.'],
    [{ allowed_address_pairs: 'x' }, 'HTTPBadRequest', 'Allowed address pairs must be a list.'],
    [{ allowed_address_pairs: [{}] }, 'AllowedAddressPairsMissingIP', 'AllowedAddressPair must contain ip_address'],
    [{ allowed_address_pairs: [{ ip_address: 'x' }] }, 'HTTPBadRequest', "'x' is not a valid IP address"],
    [{ allowed_address_pairs: [{ ip_address: '10.0.0.9', nope: 1 }] }, 'HTTPBadRequest', "Unrecognized attribute(s) 'nope'"],
    [{ allowed_address_pairs: [{ ip_address: '10.0.0.9', mac_address: 'zz' }] }, 'HTTPBadRequest', "'zz' is not a valid MAC address"],
    [
      { allowed_address_pairs: Array.from({ length: 11 }, (_, index) => ({ ip_address: `10.0.0.${index}` })) },
      'AllowedAddressPairExhausted',
      'The number of allowed address pair exceeds the maximum 10.',
    ],
    [
      { allowed_address_pairs: [{ ip_address: '10.0.0.9' }, { ip_address: '10.0.0.9' }] },
      'DuplicateAddressPairInRequest',
      'Request contains duplicate address pair: mac_address None ip_address 10.0.0.9.',
    ],
    [{ numa_affinity_policy: 'close' }, 'HTTPBadRequest', "Invalid input for numa_affinity_policy. Reason: 'close' is not in ['required', 'preferred', 'legacy']."],
    [{ extra_dhcp_opts: 'x' }, 'InvalidInput', "Invalid input for operation: 'x' is not a list."],
    [{ extra_dhcp_opts: [{ opt_name: 'a' }] }, 'InvalidInput', "Invalid input for operation: No valid key specs matched for: {'opt_name': 'a'}."],
    [{ extra_dhcp_opts: [{ opt_name: 'a', opt_value: '' }] }, 'InvalidInput', "Invalid input for operation: No valid key specs matched for: {'opt_name': 'a', 'opt_value': ''}."],
    [
      { extra_dhcp_opts: [{ opt_name: 'a', opt_value: 'b', ip_version: 5 }] },
      'InvalidInput',
      "Invalid input for operation: No valid key specs matched for: {'opt_name': 'a', 'opt_value': 'b', 'ip_version': 5}.",
    ],
    [{ security_groups: 'GG' }, 'HTTPBadRequest', "Invalid input for security_groups. Reason: 'GG' is not a list."],
  ])('of a port %j is refused', async (attributes, type, message) => {
    const body = Object.keys(attributes).length === 0 ? {} : { port: { network_id: network, ...attributes } };
    expect(await refusal('POST', '/v2.0/ports', body as Json)).toEqual([400, type, message]);
  });

  it('of a port names each security group once', async () => {
    expect(await refusal('POST', '/v2.0/ports', { port: { network_id: network, security_groups: [group, group] } })).toEqual([
      400, 'HTTPBadRequest', `Invalid input for security_groups. Reason: Duplicate items in the list: '${group}'.`,
    ]);
  });

  it('of a port may say that an option has no value where that means something, and in which IP version it counts', async () => {
    const options = [{ opt_name: 'router', opt_value: '' }, { opt_name: 'a', opt_value: 'b', ip_version: '6' }];
    const made = await server.create(admin, '/v2.0/ports', { port: { network_id: network, extra_dhcp_opts: options } });
    expect(made['extra_dhcp_opts']).toEqual([{ opt_name: 'a', opt_value: 'b', ip_version: 6 }, { opt_name: 'router', opt_value: '', ip_version: 4 }]);
    await server.request(admin, 'DELETE', `/v2.0/ports/${String(made['id'])}`);
  });

  it.each([
    [{ mtu: -1 }, 'HTTPBadRequest', "Invalid input for mtu. Reason: '-1' should be non-negative."],
    [{ mtu: 70_000 }, 'InvalidInput', 'Invalid input for operation: Requested MTU is too big, maximum is 1500.'],
    [{ mtu: 'x' }, 'InvalidInput', "Invalid input for operation: 'x' is not an integer."],
    [{ 'provider:segmentation_id': 'x' }, 'InvalidInput', "Invalid input for operation: 'x' is not an integer."],
    [{ shared: 'x' }, 'InvalidInput', "Invalid input for operation: 'x' cannot be converted to boolean."],
    [{ availability_zone_hints: ['x', 'x'] }, 'HTTPBadRequest', "Invalid input for availability_zone_hints. Reason: Duplicate items in the list: 'x'."],
  ])('of a network %j is refused', async (attributes, type, message) => {
    expect(await refusal('POST', '/v2.0/networks', { network: attributes })).toEqual([400, type, message]);
  });

  it('of a network with no segments asks for none', async () => {
    expect((await server.request(admin, 'POST', '/v2.0/networks', { network: { segments: [] } })).status).toBe(201);
  });
});

describe('a write that names a revision', () => {
  const resources: readonly (readonly [string, string])[] = [['networks', 'network'], ['subnets', 'subnet'], ['ports', 'port'], ['security-groups', 'security_group']];

  it.each(resources)('of one of the %s is refused where that is not the newest', async (path, resource) => {
    const [object] = (await server.request(admin, 'GET', `/v2.0/${path}`)).body[path.replaceAll('-', '_')] as readonly JsonObject[];
    const url = `/v2.0/${path}/${String(object?.['id'])}`;
    const text = `Constrained to 999, but current revision is ${String(object?.['revision_number'])}`;
    expect(await refusal('PUT', url, { [resource]: { description: 'x' } }, { 'If-Match': 'revision_number=999' })).toEqual([412, 'RevisionNumberConstraintFailed', text]);
    expect(await refusal('DELETE', url, undefined, { 'If-Match': 'revision_number=999' })).toEqual([412, 'RevisionNumberConstraintFailed', text]);
  });

  it('names one, by its number; other tags mean nothing', async () => {
    const url = `/v2.0/ports/${port}`;
    const update = (header: string): Promise<readonly unknown[]> => refusal('PUT', url, { port: { description: 'y' } }, { 'If-Match': header });
    expect(await update('revision_number=x')).toEqual([400, 'BadRequest', 'Bad if-match request: Revision number etag must be in the format of revision_number=<int>.']);
    expect(await update('revision_number=1, revision_number=2')).toEqual([400, 'BadRequest', 'Bad if-match request: Multiple revision_number etags are not supported..']);
    expect(await update('"banana"')).toEqual([200, undefined, undefined]);
  });
});

describe('tags', () => {
  it.each([
    [{ tags: ['a', 'a'] }, "Invalid input for operation: Duplicate items in the list: 'a'."],
    [{ tags: 'a' }, "Invalid input for operation: 'a' is not a list."],
    [{ tag: 'a' }, 'Invalid input for operation: Invalid tags body.'],
    [{ tags: ['x'.repeat(256)] }, `Invalid input for operation: '${'x'.repeat(256)}' exceeds maximum length of 255.`],
    [{ tags: [1] }, "Invalid input for operation: '1' is not a valid string."],
  ])('%j are refused', async (body, message) => {
    expect(await refusal('PUT', `/v2.0/networks/${network}/tags`, body)).toEqual([400, 'InvalidInput', message]);
  });

  it('belong to something that is there', async () => {
    expect(await refusal('GET', `/v2.0/networks/${nobody}/tags`)).toEqual([404, 'TagResourceNotFound', `Resource networks ${nobody} could not be found.`]);
    expect(await refusal('PUT', `/v2.0/ports/${nobody}/tags/x`)).toEqual([404, 'TagResourceNotFound', `Resource ports ${nobody} could not be found.`]);
    expect(await refusal('DELETE', `/v2.0/networks/${network}/tags/none`)).toEqual([404, 'TagNotFound', 'Tag none could not be found.']);
  });
});

describe('quotas', () => {
  it('are shown by resource alone, and refused where they are no numbers', async () => {
    const { body } = await server.request(admin, 'GET', '/v2.0/quotas/p9');
    expect(body['quota']).not.toHaveProperty('tenant_id');
    const update = (quota: JsonObject): Promise<readonly unknown[]> => refusal('PUT', '/v2.0/quotas/p9', { quota });
    expect(await update({ port: 'x' })).toEqual([400, 'InvalidInput', "Invalid input for operation: 'x' is not an integer."]);
    expect(await update({ port: -2 })).toEqual([400, 'HTTPBadRequest', "Invalid input for port. Reason: '-2' is too small - must be at least '-1'."]);
    expect(await update({ nope: 1 })).toEqual([400, 'HTTPBadRequest', "Unrecognized attribute(s) 'nope'"]);
  });
});
