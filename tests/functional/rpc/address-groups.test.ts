import type { JsonObject } from '@neutrino/lib/json';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { ResourceHandler } from '@neutrino/server/api/resource-handler';
import { createRbacHandler } from '@neutrino/server/services/rbac/rbac-handler';
import { createAddressGroupHandler } from '@neutrino/server/services/address-group/address-group-handler';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, idOf, instancePort, member, networkWithSubnet, runningServer, tap, type RunningServer } from './running-server.ts';

const alice = member('alice');
let server: RunningServer;
let addressGroups: ResourceHandler;
beforeEach(async () => {
  server = await runningServer();
  addressGroups = createAddressGroupHandler(server);
});
afterEach(() => server[Symbol.asyncDispose]());

const make = async (handler: ResourceHandler, body: JsonObject): Promise<JsonObject> => (await handler.create?.(alice, [{ project_id: 'alice', ...body }]))?.[0] ?? {};

async function portAdmitting(): Promise<{ readonly port: JsonObject; readonly group: string; readonly addresses: string }> {
  const { network } = await networkWithSubnet(server, 'alice');
  const group = idOf(await make(server.groups.groups, { name: 'web' }));
  const addresses = idOf(await make(addressGroups, { addresses: ['192.0.2.7/32', '10.0.0.0/8', 'fd00::/64'] }));
  await make(server.groups.rules, { security_group_id: group, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', remote_address_group_id: addresses });
  return { port: await instancePort(server, network, { security_groups: [group] }), group, addresses };
}

describe('the addresses of an address group', () => {
  test('come with the rules that name it, told as members without MAC addresses', async () => {
    const { port, group, addresses } = await portAdmitting();
    const info = (await server.call('security_group_info_for_devices', { devices: [tap(port)], call_version: '1.3' }, '1.3')) as Record<string, JsonObject>;
    expect(info['devices']?.[idOf(port)]).toMatchObject({ security_groups: [group], security_group_source_groups: [], security_group_remote_address_groups: [addresses] });
    expect(info['security_groups']?.[group]).toContainEqual({ direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', remote_address_group_id: addresses, stateful: true });
    expect(info['sg_member_ips']).toEqual({ [addresses]: { IPv4: [['10.0.0.0/8', null], ['192.0.2.7/32', null]], IPv6: [['fd00::/64', null]] } });
    const older = (await server.call('security_group_info_for_devices', { devices: [tap(port)] }, '1.2')) as Record<string, JsonObject>;
    expect(older['sg_member_ips']).toEqual({ [addresses]: { IPv4: ['10.0.0.0/8', '192.0.2.7/32'], IPv6: ['fd00::/64'] } });
    const oldest = (await server.call('security_group_rules_for_devices', { devices: [tap(port)] }, '1.1')) as Record<string, { security_group_rules: JsonObject[] }>;
    const admitted = oldest[idOf(port)]?.security_group_rules.filter((rule) => rule['remote_address_group_id'] === addresses).map((rule) => rule['source_ip_prefix']);
    expect(admitted).toEqual(['10.0.0.0/8', '192.0.2.7/32']);
  });

  test('that change are told to agents as a change of the groups whose rules name it, and others are not told', async () => {
    const { group, addresses } = await portAdmitting();
    const unused = idOf(await make(addressGroups, { addresses: [] }));
    const told: unknown[] = [];
    const endpoint = { version: '1.1', methods: { security_groups_rule_updated: (_context: unknown, { security_groups }: JsonObject) => void told.push(security_groups), security_groups_member_updated: () => undefined } };
    await using _listener = await server.connect().listen({ topic: notifierTopic('security_group', 'update'), server: 'compute-1', endpoints: [endpoint] });
    await addressGroups.actions?.['add_addresses']?.(alice, unused, { addresses: ['198.51.100.0/24'] });
    await addressGroups.update?.(alice, addresses, { description: 'only words' });
    await addressGroups.actions?.['add_addresses']?.(alice, addresses, { addresses: ['198.51.100.0/24'] });
    await eventually(() => told.length > 0);
    expect(told).toEqual([[group]]);
    await addressGroups.actions?.['remove_addresses']?.(alice, addresses, { addresses: ['198.51.100.0/24'] });
    await eventually(() => told.length > 1);
    expect(told).toEqual([[group], [group]]);
  });
});

describe('lists cost as many statements for thirty objects as for one', () => {
  const all = { filters: {}, sorts: [{ key: 'id', direction: 'asc' as const }], pageReverse: false };
  const cost = (handler: ResourceHandler): Promise<number> => server.during(() => handler.list(alice, all));

  test('address groups, RBAC policies, and rules', async () => {
    const policies = createRbacHandler(server);
    const handlers = [addressGroups, policies, server.groups.rules];
    const group = idOf(await make(server.groups.groups, { name: 'web' }));
    const grow = async (n: number): Promise<void> => {
      const id = idOf(await make(addressGroups, { addresses: ['10.0.0.0/8', 'fd00::/64'] }));
      await make(policies, { object_type: 'address_group', object_id: id, action: 'access_as_shared', target_tenant: `p${n}` });
      await make(server.groups.rules, { security_group_id: group, direction: 'ingress', ethertype: 'IPv4', remote_address_group_id: id });
    };
    const costs = async (): Promise<readonly number[]> => {
      const each: number[] = [];
      for (const handler of handlers) each.push(await cost(handler));
      return each;
    };
    await grow(0);
    const few = await costs();
    for (let n = 1; n < 30; n++) await grow(n);
    expect(await costs()).toEqual(few);
  });
});
