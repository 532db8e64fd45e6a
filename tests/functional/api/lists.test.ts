import { collectionPath } from '@neutrino/lib/api/collection-path';
import type { JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';
import { processorMs } from '../../support/processor-time.ts';

const admin: Caller = { project: 'p' };
const member: Caller = { project: 'p', roles: 'member' };
let server: NetworkServer;
let network: string;
let subnet: string;

beforeAll(async () => {
  server = await networkServer(`service_plugins = router\nvlan_transparent = true\n[quotas]\nquota_port = -1\n`);
  network = String((await server.create(admin, '/v2.0/networks', { network: { name: 'net' } }))['id']);
  subnet = String((await server.create(admin, '/v2.0/subnets', { subnet: { network_id: network, ip_version: 4, cidr: '10.0.0.0/20' } }))['id']);
  const ports = Array.from({ length: 25 }, (_, index) => ({ network_id: network, name: `p${index % 5}`, admin_state_up: index % 2 === 0 }));
  await server.request(admin, 'POST', '/v2.0/ports', { ports });
});
afterAll(async () => server[Symbol.asyncDispose]());

async function list(query: string, caller = admin): Promise<{ readonly ports: readonly JsonObject[]; readonly links: Readonly<Record<string, string>> }> {
  const { status, body } = await server.request(caller, 'GET', `/v2.0/ports${query}`);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  const links = (body['ports_links'] ?? []) as readonly { rel: string; href: string }[];
  return { ports: body['ports'] as readonly JsonObject[], links: Object.fromEntries(links.map(({ rel, href }) => [rel, new URL(href).search])) };
}
const idsOf = (ports: readonly JsonObject[]): readonly unknown[] => ports.map(({ id }) => id);

describe('pages', () => {
  it.each(['sort_key=name&sort_dir=asc', 'sort_key=name&sort_dir=desc', 'sort_key=admin_state_up&sort_dir=desc&sort_key=name&sort_dir=asc', ''])(
    'that follow the links give every object once, forwards and backwards: %s',
    async (sort) => {
      const all = idsOf((await list(`?${sort}`)).ports);
      const forwards: unknown[] = [];
      let page = await list(`?limit=4&${sort}`);
      let last = page;
      for (;;) {
        forwards.push(...idsOf(page.ports));
        last = page;
        if (page.links['next'] === undefined) break;
        page = await list(page.links['next']);
      }
      expect(forwards).toEqual(all);
      const backwards: unknown[] = [...idsOf(last.ports)];
      for (let before = last.links['previous']; before !== undefined; ) {
        page = await list(before);
        backwards.unshift(...idsOf(page.ports));
        before = page.links['previous'];
      }
      expect(backwards).toEqual(all);
    },
  );

  it('go on after a marker that was deleted meanwhile with an error, not with the wrong objects', async () => {
    const port = await server.create(admin, '/v2.0/ports', { port: { network_id: network } });
    await server.request(admin, 'DELETE', `/v2.0/ports/${String(port['id'])}`);
    expect((await server.request(admin, 'GET', `/v2.0/ports?limit=3&marker=${String(port['id'])}`)).status).toBe(404);
  });

  it('have no links where no limit was asked for, and limit 0 is no limit', async () => {
    expect((await list('')).links).toEqual({});
    expect((await list('?limit=0')).ports).toHaveLength(25);
  });
});

describe('filters', () => {
  it('of one attribute are alternatives, of several are conditions', async () => {
    expect((await list('?name=p1&name=p2')).ports).toHaveLength(10);
    expect((await list('?name=p1&admin_state_up=True')).ports).toHaveLength(2);
    expect((await list('?name=nothing')).ports).toEqual([]);
    expect((await list('?name=')).ports).toEqual([]);
  });

  it('find ports by address, part of an address and subnet', async () => {
    const [first] = (await list('?limit=1')).ports;
    const [fixed] = (first?.['fixed_ips'] ?? []) as readonly { ip_address: string }[];
    const address = fixed?.ip_address ?? '';
    expect(idsOf((await list(`?fixed_ips=ip_address%3D${address}`)).ports)).toEqual([first?.['id']]);
    expect((await list(`?fixed_ips=ip_address%3D${address}&fixed_ips=subnet_id%3D${subnet}`)).ports).toHaveLength(1);
    expect((await list(`?fixed_ips=subnet_id%3D${network}`)).ports).toEqual([]);
    expect((await list('?fixed_ips=ip_address_substr%3D10.0')).ports).toHaveLength(25);
    const two = (await list('?limit=2')).ports.map((port) => (port['fixed_ips'] as readonly { ip_address: string }[])[0]?.ip_address ?? '');
    expect((await list(`?${two.map((each) => `fixed_ips=ip_address%3D${each}`).join('&')}`)).ports).toHaveLength(2);
  });

  it('take a MAC address in any spelling', async () => {
    const [first] = (await list('?limit=1')).ports;
    const mac = String(first?.['mac_address']);
    expect(idsOf((await list(`?mac_address=${mac.toUpperCase().replaceAll(':', '-')}`)).ports)).toEqual([first?.['id']]);
  });

  it('find ports by security group and by time of change', async () => {
    const [first] = (await list('?limit=1')).ports;
    const [group] = (first?.['security_groups'] ?? []) as readonly string[];
    expect((await list(`?security_groups=${group ?? ''}`)).ports).toHaveLength(25);
    expect((await list('?changed_since=2020-01-01T00:00:00')).ports).toHaveLength(25);
    expect((await list('?changed_since=2100-01-01T00:00:00Z')).ports).toEqual([]);
  });

  it('over tags ask for all, any, and neither', async () => {
    const [one, two] = (await list('?limit=2')).ports.map(({ id }) => String(id));
    await server.request(admin, 'PUT', `/v2.0/ports/${one ?? ''}/tags`, { tags: ['red', 'blue'] });
    await server.request(admin, 'PUT', `/v2.0/ports/${two ?? ''}/tags`, { tags: ['red'] });
    const count = async (query: string): Promise<number> => (await list(query)).ports.length;
    expect(await count('?tags=red')).toBe(2);
    expect(await count('?tags=red,blue')).toBe(1);
    expect(await count('?tags-any=red,blue')).toBe(2);
    expect(await count('?not-tags=red,blue')).toBe(24);
    expect(await count('?not-tags-any=red,blue')).toBe(23);
  });

  it('work for every attribute that is declared as one, in every collection', async () => {
    const { buildApi } = await import('@neutrino/lib/api/build-api');
    const { extensions } = await import('@neutrino/lib/api/definitions/index');
    // port-security is there only with its driver.
    for (const { collection, attributes, parent } of buildApi(extensions.filter(({ alias }) => alias !== 'port-security')).resources) {
      if (parent !== undefined) continue;
      const path = `/v2.0/${collectionPath(collection)}`;
      for (const [name, { isFilter, isSortKey, type }] of Object.entries(attributes)) {
        const value = type === 'boolean' ? 'true' : type === 'integer' ? '1' : 'x';
        const converts = ({ remote_ip_prefix: '10.0.0.0/8', cidr: '10.0.0.0/8', fixed_ips: 'subnet_id=x', object_type: 'network', default_prefixlen: '8', min_prefixlen: '8', max_prefixlen: '8' } as Record<string, string>)[name];
        if (isFilter === true) expect([name, (await server.request(admin, 'GET', `${path}?${name}=${converts ?? value}`)).status]).toEqual([name, 200]);
        if (isSortKey === true) expect([name, (await server.request(admin, 'GET', `${path}?limit=1&sort_key=${name}&sort_dir=desc`)).status]).toEqual([name, 200]);
      }
    }
    expect(server.errors).toEqual([]);
  });
});

describe('fields', () => {
  it('choose what is shown, in lists and of one object', async () => {
    const { ports } = await list('?fields=id&fields=name&fields=unknown&limit=1');
    expect(Object.keys(ports[0] ?? {}).toSorted()).toEqual(['id', 'name']);
    const one = (await server.request(member, 'GET', `/v2.0/ports/${String(ports[0]?.['id'])}?fields=project_id`)).body['port'];
    expect(one).toEqual({ project_id: 'p' });
  });

  it('show an administrator of each attribute what the whole objects show', async () => {
    const page = '?limit=3&sort_key=mac_address&sort_dir=desc';
    const whole = (await list(page, admin)).ports;
    for (const name of Object.keys(whole[0] ?? {})) expect((await list(`${page}&fields=${name}`, admin)).ports, name).toEqual(whole.map((port) => ({ [name]: port[name] })));
    const several = ['id', 'tenant_id', 'name', 'revision_number'] as const;
    expect((await list(`${page}&${several.map((name) => `fields=${name}`).join('&')}`, admin)).ports).toEqual(whole.map((port) => Object.fromEntries(several.map((name) => [name, port[name]]))));
  });
});

describe('a list of 1,000 ports', () => {
  it('takes a fraction of a second, for administrators and for members', async () => {
    await server.request(admin, 'POST', '/v2.0/ports', { ports: Array.from({ length: 1000 }, () => ({ network_id: network })) });
    for (const caller of [admin, member]) {
      await list('', caller);
      const started = process.cpuUsage();
      expect((await list('', caller)).ports).toHaveLength(1025);
      // Some 30 ms where nothing else runs; a query an object would take seconds.
      expect(processorMs(started)).toBeLessThan(1000);
    }
  });
});
