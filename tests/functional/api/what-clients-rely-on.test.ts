import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';

/** Habits of Neutron that its clients and Tempest's suites count on. */

const admin: Caller = { project: 'admin' };
const member: Caller = { project: 'p', roles: 'member,reader' };
const nowhere = '11111111-1111-1111-1111-111111111111';
let server: NetworkServer;

beforeAll(async () => {
  server = await networkServer('[quotas]\nquota_security_group_rule = 12\n');
});
afterAll(async () => server[Symbol.asyncDispose]());

type Body = Parameters<NetworkServer['create']>[2];

async function refusal(caller: Caller, path: string, body: Body): Promise<string> {
  const { status, body: answer } = await server.request(caller, 'POST', path, body);
  const { type } = (answer['NeutronError'] ?? {}) as { type?: string };
  return `${status} ${type ?? ''}`;
}

describe('a body', () => {
  it('without a content type is JSON; one of another type is refused', async () => {
    const send = async (headers: Record<string, string>): Promise<number> => {
      const body = new TextEncoder().encode('{"network": {"name": "untyped"}}');
      return (await fetch(`${server.url}/v2.0/networks`, { method: 'POST', headers: { 'X-Project-Id': 'p', ...headers }, body })).status;
    };
    expect(await send({})).toBe(201);
    expect(await send({ 'Content-Type': 'text/plain' })).toBe(415);
  });
});

describe('the page after the last one', () => {
  it('is empty and leads back', async () => {
    for (const name of ['a', 'b', 'c']) await server.create({ project: 'pages' }, '/v2.0/networks', { network: { name } });
    const page = async (url: string): Promise<{ names: readonly string[]; next: string | undefined; previous: string | undefined }> => {
      const { body } = await server.request(admin, 'GET', url);
      const links = body['networks_links'] as readonly { rel: string; href: string }[];
      const to = (wanted: string): string | undefined => links.find(({ rel }) => rel === wanted)?.href.slice(server.url.length);
      return { names: (body['networks'] as readonly { name: string }[]).map(({ name }) => name), next: to('next'), previous: to('previous') };
    };
    const seen: (readonly string[])[] = [];
    let current = await page('/v2.0/networks?limit=1&project_id=pages&sort_key=name&sort_dir=asc');
    for (; current.next !== undefined; current = await page(current.next)) seen.push(current.names);
    expect(seen).toEqual([['a'], ['b'], ['c']]);
    expect(current.names).toEqual([]);
    expect((await page(current.previous ?? '')).names).toEqual(['c']);
  });
});

describe('a page of subnets', () => {
  it('is full for a project too: subnets of external networks, which it does not see, take no place in it', async () => {
    const external = await server.create(admin, '/v2.0/networks', { network: { 'router:external': true } });
    const own = await server.create(member, '/v2.0/networks', { network: {} });
    for (const [caller, { id }] of [[admin, external], [member, own]] as const) {
      for (const part of [1, 2, 3]) await server.create(caller, '/v2.0/subnets', { subnet: { network_id: id ?? '', ip_version: 4, cidr: `10.0.${part}.0/24` } });
    }
    expect((await server.request(member, 'GET', '/v2.0/subnets?limit=3')).body['subnets']).toHaveLength(3);
    expect((await server.request(member, 'GET', '/v2.0/subnets')).body['subnets']).toHaveLength(3);
  });
});

describe('what belongs to a network', () => {
  it('that is not there, or not to be seen, is refused because of that, whatever else it asks for', async () => {
    const theirs = await server.create(admin, '/v2.0/networks', { network: {} });
    for (const network_id of [nowhere, theirs['id'] ?? '']) {
      expect(await refusal(member, '/v2.0/ports', { port: { network_id, mac_address: '02:00:00:00:00:01' } })).toBe('404 NetworkNotFound');
      expect(await refusal(member, '/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '192.0.2.0/24' } })).toBe('404 NetworkNotFound');
    }
  });

  it('and is shared may be a port, but no subnet', async () => {
    const { id: network_id = '' } = await server.create(admin, '/v2.0/networks', { network: { shared: true } });
    await server.create(member, '/v2.0/ports', { port: { network_id } });
    expect(await refusal(member, '/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '192.0.2.0/24' } })).toBe('403 PolicyNotAuthorized');
  });
});

describe('addresses of a port', () => {
  it('may come several from one subnet, but each once', async () => {
    const { id: network_id = '' } = await server.create(member, '/v2.0/networks', { network: {} });
    const { id: subnet_id = '' } = await server.create(member, '/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '192.0.2.0/24' } });
    const made = await server.create(member, '/v2.0/ports', { port: { network_id, fixed_ips: [{ subnet_id }, { subnet_id }, { ip_address: '192.0.2.77' }] } });
    expect(new Set((made['fixed_ips'] as readonly { ip_address: string }[]).map((fixed) => fixed.ip_address)).size).toBe(3);
    expect(await refusal(member, '/v2.0/ports', { port: { network_id, fixed_ips: [{ ip_address: '192.0.2.78' }, { subnet_id, ip_address: '192.0.2.78' }] } })).toBe('400 HTTPBadRequest');
  });
});

describe('a security group rule', () => {
  const rule = async (attributes: Body): Promise<string> => {
    const { id } = await server.create({ project: 'rules' }, '/v2.0/security-groups', { security_group: {} });
    const answer = await refusal({ project: 'rules' }, '/v2.0/security-group-rules', { security_group_rule: { security_group_id: id ?? '', direction: 'ingress', ...attributes } });
    await server.request({ project: 'rules' }, 'DELETE', `/v2.0/security-groups/${String(id)}`);
    return answer;
  };

  it.each([
    [{ remote_group_id: 'no-uuid' }, '404 SecurityGroupNotFound'],
    [{ remote_group_id: nowhere }, '404 SecurityGroupNotFound'],
    [{ protocol: 'tcp', port_range_min: -16, port_range_max: 80 }, '400 SecurityGroupInvalidPortValue'],
    [{ protocol: 'tcp', port_range_min: 80, port_range_max: '65536' }, '400 SecurityGroupInvalidPortValue'],
    [{ protocol: 300 }, '400 SecurityGroupRuleInvalidProtocol'],
    [{ remote_ip_prefix: 'nonsense' }, '400 InvalidCIDR'],
  ])('says what is wrong with %j: %s', async (attributes, expected) => {
    expect(await rule(attributes)).toBe(expected);
  });

  it('keeps the host bits of its prefix and shows it without them beside it', async () => {
    const { id: security_group_id = '' } = await server.create({ project: 'rules' }, '/v2.0/security-groups', { security_group: {} });
    const made = await server.create({ project: 'rules' }, '/v2.0/security-group-rules', { security_group_rule: { security_group_id, direction: 'ingress', remote_ip_prefix: '10.0.0.5/24' } });
    expect(made).toMatchObject({ remote_ip_prefix: '10.0.0.5/24', normalized_cidr: '10.0.0.0/24' });
  });
});

describe('a security group', () => {
  it('is not made where the quota has no room for the rules that it begins with', async () => {
    // Four rules of the default group, and two of each other.
    const made = [];
    for (let index = 0; index < 6; index++) made.push(await refusal({ project: 'full' }, '/v2.0/security-groups', { security_group: {} }));
    expect(made).toEqual(['201 ', '201 ', '201 ', '201 ', '409 OverQuota', '409 OverQuota']);
  });
});
