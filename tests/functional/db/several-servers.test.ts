import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '@neutrino/lib/json';
import { createAgentService } from '@neutrino/server/agents/agent-service';
import { CallbackRegistry } from '@neutrino/server/callbacks/registry';
import { engineUnderTest } from '../../support/engines.ts';
import { networkServer, type Answer, type Caller, type NetworkServer } from '../../support/network-server.ts';
import { fixedIpsOf, reportLinuxBridgeAgent } from './ml2-server.ts';

/** Two servers that know of one another by the database alone. */
let servers: readonly [NetworkServer, NetworkServer];
const running = new AsyncDisposableStack();
const admin: Caller = { project: 'admin' };
const quiet = { info: () => undefined, warn: () => undefined };
let projects = 0;
/** A project that no other test uses. */
const project = (): Caller => ({ project: `p${String((projects += 1))}`, roles: 'member' });

const settings = `[quotas]
quota_network = -1
quota_subnet = -1
quota_port = -1
quota_security_group = -1
quota_security_group_rule = -1
[ml2]
type_drivers = vlan,vxlan,flat
tenant_network_types = vlan
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:130
`;

beforeAll(async () => {
  const { url } = running.use(await engineUnderTest().emptyDatabase());
  const shared = { ...engineUnderTest(), emptyDatabase: async () => ({ url, [Symbol.asyncDispose]: async () => undefined }) };
  servers = [running.use(await networkServer(settings, { engine: shared })), running.use(await networkServer(settings, { engine: shared }))];
});
afterAll(async () => {
  await running.disposeAsync();
});

/** `count` requests at once, every other one to the second server. */
function atOnce(count: number, caller: Caller, path: string, body: (index: number) => JsonObject): Promise<readonly Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => servers[index % 2 === 0 ? 0 : 1].request(caller, 'POST', path, body(index))));
}
function made(answers: readonly Answer[], resource: string): readonly JsonObject[] {
  return answers.flatMap(({ status, body }) => (status === 201 ? [body[resource] as JsonObject] : []));
}
const statuses = (answers: readonly Answer[]): readonly number[] => [...new Set(answers.map(({ status }) => status))].toSorted();

describe('two servers on one database', () => {
  test('give no address and no MAC address twice, and each lists what the other made', async () => {
    const [one, other] = servers;
    const owner = project();
    const network = await one.create(owner, '/v2.0/networks', { network: {} });
    const network_id = String(network['id']);
    await other.create(owner, '/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '10.0.0.0/26' } });
    // 61 addresses: three of 64 are not for ports.
    const answers = await atOnce(64, owner, '/v2.0/ports', () => ({ port: { network_id } }));
    const ports = made(answers, 'port');
    expect(ports).toHaveLength(61);
    expect(statuses(answers)).toEqual([201, 409]);
    expect(new Set(ports.flatMap(fixedIpsOf).map(({ ip_address }) => ip_address)).size).toBe(61);
    expect(new Set(ports.map((port) => port['mac_address'])).size).toBe(61);
    for (const server of servers) {
      const listed = (await server.request(owner, 'GET', `/v2.0/ports?network_id=${network_id}`)).body['ports'] as readonly JsonObject[];
      expect(listed.map(({ id }) => id).toSorted()).toEqual(ports.map(({ id }) => id).toSorted());
    }
    const mac = { port: { network_id, mac_address: 'fa:16:3e:01:02:03', fixed_ips: [] } };
    expect((await atOnce(6, owner, '/v2.0/ports', () => mac)).map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test('give no segment twice, and all there are', async () => {
    const owner = project();
    // One of 31 is the network of the test before.
    const answers = await atOnce(36, owner, '/v2.0/networks', () => ({ network: {} }));
    const networks = made(answers, 'network');
    expect(networks).toHaveLength(30);
    expect(statuses(answers)).toEqual([201, 503]);
    const listed = (await servers[0].request(admin, 'GET', '/v2.0/networks')).body['networks'] as readonly JsonObject[];
    expect(new Set(listed.map((network) => network['provider:segmentation_id'])).size).toBe(31);
    for (const { id } of networks) expect((await servers[1].request(owner, 'DELETE', `/v2.0/networks/${String(id)}`)).status).toBe(204);
    expect((await servers[0].request(owner, 'GET', '/v2.0/networks')).body['networks']).toEqual([]);
  });

  test('let no two subnets of a network overlap, and take no network away from under a subnet or a port', async () => {
    const owner = project();
    const { id } = await servers[0].create(owner, '/v2.0/networks', { network: {} });
    const network_id = String(id);
    const answers = await atOnce(8, owner, '/v2.0/subnets', (index) => ({ subnet: { network_id, ip_version: 4, cidr: index % 2 === 0 ? '10.1.0.0/24' : '10.1.0.0/16' } }));
    expect(made(answers, 'subnet')).toHaveLength(1);
    expect(statuses(answers)).toEqual([201, 400]);

    for (let round = 0; round < 5; round += 1) {
      const again = await servers[0].create(owner, '/v2.0/networks', { network: {} });
      const path = `/v2.0/networks/${String(again['id'])}`;
      const [created, deleted] = await Promise.all([
        servers[0].request(owner, 'POST', '/v2.0/ports', { port: { network_id: String(again['id']) } }),
        servers[1].request(owner, 'DELETE', path),
      ]);
      expect([[201, 409], [404, 204]]).toContainEqual([created.status, deleted.status]);
    }
  });

  test('let one of several changes through that ask for the same revision', async () => {
    const owner = project();
    const network = await servers[0].create(owner, '/v2.0/networks', { network: {} });
    const { id } = await servers[0].create(owner, '/v2.0/ports', { port: { network_id: String(network['id']) } });
    for (const [path, body] of [['networks', 'network'], ['ports', 'port']] as const) {
      const url = `/v2.0/${path}/${String(path === 'ports' ? id : network['id'])}`;
      const revision = String(((await servers[0].request(owner, 'GET', url)).body[body] as JsonObject)['revision_number']);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          servers[index % 2 === 0 ? 0 : 1].request(owner, 'PUT', url, { [body]: { name: `name ${String(index)}` } }, { 'If-Match': `revision_number=${revision}` }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
    }
  });

  test('make one default security group for a project, and no rule twice', async () => {
    const owner = project();
    await Promise.all(Array.from({ length: 6 }, (_, index) => servers[index % 2 === 0 ? 0 : 1].request(owner, 'GET', '/v2.0/security-groups')));
    const groups = (await servers[0].request(owner, 'GET', '/v2.0/security-groups')).body['security_groups'] as readonly JsonObject[];
    expect(groups.map(({ name }) => name)).toEqual(['default']);
    const security_group_rule = { security_group_id: String(groups[0]?.['id']), direction: 'ingress', protocol: 'tcp', port_range_min: 22, port_range_max: 22 };
    const answers = await atOnce(8, owner, '/v2.0/security-group-rules', () => ({ security_group_rule }));
    expect(made(answers, 'security_group_rule')).toHaveLength(1);
    expect(statuses(answers)).toEqual([201, 409]);
  });

  test.each([
    ['network', () => ({ network: {} })],
    ['port', (_index: number, network_id: string) => ({ port: { network_id } })],
    ['security_group', (index: number) => ({ security_group: { name: `g${String(index)}` } })],
    ['subnet', (index: number, network_id: string) => ({ subnet: { network_id, ip_version: 4, cidr: `10.2.${String(index)}.0/24` } })],
  ] as const)('fill the quota of %s exactly, with fifty creates at once', async (resource, body) => {
    const owner = project();
    const limits = { network: 11, port: 11, security_group: 11, subnet: 11 };
    await servers[0].request(admin, 'PUT', `/v2.0/quotas/${owner.project}`, { quota: limits });
    const network = await servers[0].create(owner, '/v2.0/networks', { network: {} });
    // The network made before, and the default group that comes with the first request, count.
    const expected = resource === 'network' || resource === 'security_group' ? 10 : 11;
    const answers = await atOnce(50, owner, `/v2.0/${resource.replaceAll('_', '-')}s`, (index) => body(index, String(network['id'])));
    expect(made(answers, resource)).toHaveLength(expected);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(statuses(refused)).toEqual([409]);
    for (const { body: fault } of refused) expect(fault['NeutronError']).toEqual({ type: 'OverQuota', message: `Quota exceeded for resources: ['${resource}'].`, detail: '' });
    // The networks of the test before are gone: there are few segments.
    const networks = (await servers[0].request(owner, 'GET', '/v2.0/networks')).body['networks'] as readonly JsonObject[];
    for (const { id } of networks) await servers[0].request(owner, 'DELETE', `/v2.0/networks/${String(id)}`);
  });

  test('hold limits that were set at the other one a moment ago', async () => {
    const owner = project();
    const url = `/v2.0/quotas/${owner.project}`;
    await servers[0].request(admin, 'PUT', url, { quota: { security_group: 0 } });
    expect((await servers[1].request(owner, 'POST', '/v2.0/security-groups', { security_group: { name: 'g' } })).status).toBe(409);
    await servers[0].request(admin, 'DELETE', url);
    expect((await servers[1].request(owner, 'POST', '/v2.0/security-groups', { security_group: { name: 'g' } })).status).toBe(201);
  });

  test('show agents as they are, whichever of them heard or changed them', async () => {
    const [one, other] = servers;
    const heard = createAgentService({ db: one.db, callbacks: new CallbackRegistry(() => undefined), settings: { agentDownTimeSeconds: 75 }, log: quiet });
    expect((await other.request(admin, 'GET', '/v2.0/agents')).body['agents']).toEqual([]);
    expect((await other.request(admin, 'GET', '/v2.0/availability_zones')).body['availability_zones']).toEqual([]);
    await reportLinuxBridgeAgent(heard, 'compute1');
    await heard.report(
      { binary: 'neutron-dhcp-agent', agent_type: 'DHCP agent', host: 'network1', topic: 'dhcp_agent', availability_zone: 'zone1', configurations: {}, start_flag: true },
      new Date().toISOString(),
    );
    const zones = async (): Promise<unknown> => (await other.request(admin, 'GET', '/v2.0/availability_zones')).body['availability_zones'];
    expect(await zones()).toEqual([{ name: 'zone1', resource: 'network', state: 'available' }]);
    // A zone is known as soon as one of its agents is.
    expect((await other.request(admin, 'POST', '/v2.0/networks', { network: { availability_zone_hints: ['zone1'] } })).status).toBe(201);
    const agents = (await other.request(admin, 'GET', '/v2.0/agents')).body['agents'] as readonly JsonObject[];
    expect(agents).toHaveLength(2);
    const dhcp = agents.find(({ host }) => host === 'network1');
    await one.request(admin, 'PUT', `/v2.0/agents/${String(dhcp?.['id'])}`, { agent: { admin_state_up: false } });
    expect(await zones()).toEqual([{ name: 'zone1', resource: 'network', state: 'unavailable' }]);
  });
});
