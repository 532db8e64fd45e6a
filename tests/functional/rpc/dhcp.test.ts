import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { RemoteError } from '@neutrino/lib/rpc/messaging';
import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import { listAll } from '@neutrino/server/api/resource-handler';
import { dhcpDeviceId } from '@neutrino/server/scheduler/dhcp-device-id';
import { afterEach, describe, expect, test } from 'vitest';
import { admin, eventually, idOf, instancePort, networkWithSubnet, reportAgents, runningServer, type RunningServer, type ServerSettings } from './running-server.ts';

let server: RunningServer;
afterEach(() => server[Symbol.asyncDispose]());
const start = async (settings: ServerSettings = {}): Promise<void> => {
  server = await runningServer(settings);
};

const active = async (host: string): Promise<DhcpNetwork[]> => (await server.call('get_active_networks_info', { host }, '1.1')) as unknown as DhcpNetwork[];
const agentOf = async (host: string): Promise<JsonObject> => {
  const [agent] = await server.agents.agents.list(admin, { ...listAll, filters: { host: [host], agent_type: ['DHCP agent'] } });
  if (agent === undefined) throw new Error(`no agent on ${host}`);
  return agent;
};
const dhcpPort = (network: JsonObject, subnet: JsonObject, host: string): JsonObject => ({
  name: '',
  admin_state_up: true,
  network_id: idOf(network),
  tenant_id: 'p1',
  device_id: dhcpDeviceId(idOf(network), host),
  fixed_ips: [{ subnet_id: idOf(subnet) }],
});
const createDhcpPort = async (port: JsonObject, host: string): Promise<JsonObject | null> => (await server.call('create_dhcp_port', { port: { port }, host }, '1.1')) as JsonObject | null;
const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof RemoteError) return error.remoteType;
    if (isNeutronError(error)) return error.type;
    throw error;
  }
};

describe('a DHCP agent', () => {
  test('that starts late gets the networks that wait for one, with subnets and ports', async () => {
    await start();
    const { network, subnet } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network);
    expect(await active('compute-1')).toEqual([]);
    await reportAgents(server, 'compute-1');
    const [served, ...others] = await active('compute-1');
    expect(others).toEqual([]);
    expect(served).toMatchObject({ id: idOf(network), admin_state_up: true, mtu: 1450, tenant_id: 'p1', project_id: 'p1', non_local_subnets: [] });
    expect(served?.subnets.map(({ id, cidr, allocation_pools }) => [id, cidr, allocation_pools])).toEqual([[idOf(subnet), '10.0.0.0/16', [{ start: '10.0.0.2', end: '10.0.255.254' }]]]);
    expect(served?.ports.map(({ id }) => id)).toEqual([idOf(port)]);
    expect(await active('compute-2')).toEqual([]);
    expect(await server.call('get_network_info', { network_id: idOf(network), host: 'compute-1' })).toEqual(served);
    expect(await server.call('get_network_info', { network_id: crypto.randomUUID(), host: 'compute-1' })).toBeNull();
  });

  test('is asked for many networks at the cost of one', async () => {
    // When what it remembers of agents is read again hangs on the clock, not on the request.
    await start({ rememberedMs: Infinity });
    await reportAgents(server, 'compute-1');
    await networkWithSubnet(server, 'p1');
    const cost = (): Promise<number> => server.during(() => active('compute-1'));
    const one = await cost();
    for (let n = 0; n < 20; n++) await networkWithSubnet(server, 'p1');
    expect(await active('compute-1')).toHaveLength(21);
    expect(await cost()).toBe(one);
  });

  test('makes its port once, keeps its address when it leaves, and hands it to the next', async () => {
    await start();
    await reportAgents(server, 'compute-1');
    await reportAgents(server, 'compute-2');
    const { network, subnet } = await networkWithSubnet(server, 'p1');
    const [first] = (await server.scheduler.listAgents(admin, idOf(network))).map(({ host }) => String(host));
    const [host, next] = first === 'compute-1' ? ['compute-1', 'compute-2'] : ['compute-2', 'compute-1'];
    const made = await createDhcpPort(dhcpPort(network, subnet, host), host);
    expect(made).toMatchObject({ device_owner: 'network:dhcp', 'binding:host_id': host, 'binding:vif_type': 'bridge', project_id: 'p1', security_groups: [] });
    expect(await createDhcpPort(dhcpPort(network, subnet, host), host)).toMatchObject({ id: made?.['id'] });

    await server.scheduler.removeNetwork(admin, idOf(await agentOf(host)), idOf(network));
    expect(await server.call('get_dhcp_port', { port_id: idOf(made ?? {}), host })).toMatchObject({ device_id: 'reserved_dhcp_port' });
    // What an administrator has taken from an agent is not given to the next, nor back, by a server that looks for networks that nobody serves.
    await server.scheduler.scheduleUnserved();
    expect(await server.scheduler.listAgents(admin, idOf(network))).toEqual([]);
    await server.scheduler.addNetwork(admin, idOf(await agentOf(next)), idOf(network));
    const taken = { port_id: idOf(made ?? {}), host: next, port: { port: { network_id: idOf(network), device_id: dhcpDeviceId(idOf(network), next) } } };
    expect(await server.call('update_dhcp_port', taken, '1.1')).toMatchObject({ id: made?.['id'], fixed_ips: made?.['fixed_ips'], 'binding:host_id': next });
    expect(await server.call('update_dhcp_port', { ...taken, host }, '1.1')).toBeNull();

    await server.call('release_dhcp_port', { network_id: idOf(network), device_id: dhcpDeviceId(idOf(network), next), host: next });
    await server.call('release_dhcp_port', { network_id: idOf(network), device_id: dhcpDeviceId(idOf(network), next), host: next });
    expect(await refusal(server.call('get_dhcp_port', { port_id: idOf(made ?? {}) }))).toBe('PortNotFound');
  });

  test('gets nothing, and no error, for networks and subnets that have gone', async () => {
    await start();
    await reportAgents(server, 'compute-1');
    const { network, subnet } = await networkWithSubnet(server, 'p1');
    expect(await createDhcpPort(dhcpPort({ id: crypto.randomUUID() }, subnet, 'compute-1'), 'compute-1')).toBeNull();
    expect(await createDhcpPort(dhcpPort(network, { id: crypto.randomUUID() }, 'compute-1'), 'compute-1')).toBeNull();
    expect(await server.call('update_dhcp_port', { port_id: crypto.randomUUID(), host: 'compute-1', port: { port: {} } }, '1.1')).toBeNull();
    await server.call('dhcp_ready_on_ports', { port_ids: [crypto.randomUUID()] }, '1.5');
  });

  test('is told of an error where a subnet is full', async () => {
    await start();
    await reportAgents(server, 'compute-1');
    const { network, subnet } = await networkWithSubnet(server, 'p1', '10.0.0.0/30');
    await instancePort(server, network);
    expect(await refusal(createDhcpPort(dhcpPort(network, subnet, 'compute-1'), 'compute-1'))).toMatch(/^IpAddressGenerationFailure/);
  });
});

describe('networks are scheduled', () => {
  test('to live agents with the fewest networks whose hosts they reach', async () => {
    await start();
    for (const host of ['a', 'b', 'c']) await reportAgents(server, host);
    await reportAgents(server, 'unreached', { configurations: {} });
    await server.agents.agents.update?.(admin, idOf(await agentOf('c')), { admin_state_up: false });
    for (let n = 0; n < 6; n++) await networkWithSubnet(server, 'p1');
    const counts = await Promise.all(['a', 'b', 'c', 'unreached'].map(async (host) => (await server.scheduler.listNetworks(admin, idOf(await agentOf(host)))).length));
    expect(counts).toEqual([3, 3, 0, 0]);
  });

  test('to as many agents as configured, once, however many ask at the same time', async () => {
    await start({ dhcpAgentsPerNetwork: 2 });
    for (const host of ['a', 'b', 'c', 'd']) await reportAgents(server, host);
    const { network } = await networkWithSubnet(server, 'p1');
    await Promise.all(Array.from({ length: 20 }, () => instancePort(server, network)));
    expect(await server.scheduler.listAgents(admin, idOf(network))).toHaveLength(2);
  });

  test('to the zones that they hint at', async () => {
    await start();
    await reportAgents(server, 'a', { availability_zone: 'north' });
    await reportAgents(server, 'b', { availability_zone: 'south' });
    const [network] = (await server.core.networks.create?.(admin, [{ name: 'n', project_id: 'p1', availability_zone_hints: ['south'] }])) ?? [];
    await server.core.subnets.create?.(admin, [{ network_id: idOf(network), project_id: 'p1', cidr: '10.0.0.0/24', ip_version: 4 }]);
    expect((await server.scheduler.listAgents(admin, idOf(network))).map(({ host }) => host)).toEqual(['b']);
    expect((await server.core.networks.get(admin, idOf(network)))['availability_zones']).toEqual(['south']);
    const zones = await server.agents.availabilityZones.list(admin, listAll);
    expect(zones).toEqual([{ name: 'north', resource: 'network', state: 'available' }, { name: 'south', resource: 'network', state: 'available' }]);
  });

  test('when the wire reaches a host that only had a DHCP agent, and the agent hears of it', async () => {
    await start();
    await reportAgents(server, 'a', { configurations: {} });
    const { network } = await networkWithSubnet(server, 'p1');
    const heard: JsonObject[] = [];
    await server.connect().listen({ topic: topics.dhcpAgent, server: 'a', endpoints: [{ version: '1.0', methods: { network_create_end: (_, args) => void heard.push(args) } }] });
    await reportAgents(server, 'a');
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([{ payload: { network: { id: idOf(network) }, priority: 0 } }]);
  });

  test('by an administrator, whose mistakes have names', async () => {
    await start();
    await reportAgents(server, 'a');
    const { network } = await networkWithSubnet(server, 'p1');
    const agent = idOf(await agentOf('a'));
    const [wire] = await server.agents.agents.list(admin, { ...listAll, filters: { agent_type: ['Linux bridge agent'] } });
    expect(await refusal(server.scheduler.addNetwork(admin, agent, idOf(network)))).toBe('NetworkHostedByDHCPAgent');
    expect(await refusal(server.scheduler.addNetwork(admin, idOf(wire), idOf(network)))).toBe('InvalidDHCPAgent');
    expect(await refusal(server.scheduler.addNetwork(admin, 'nobody', idOf(network)))).toBe('AgentNotFound');
    expect(await refusal(server.scheduler.addNetwork(admin, agent, 'nothing'))).toBe('NetworkNotFound');
    await server.scheduler.removeNetwork(admin, agent, idOf(network));
    expect(await refusal(server.scheduler.removeNetwork(admin, agent, idOf(network)))).toBe('NetworkNotHostedByDhcpAgent');
    expect(await refusal(server.scheduler.listNetworks(admin, 'nobody'))).toBe('AgentNotFound');
    expect(await server.scheduler.listNetworks(admin, agent)).toEqual([]);
  });
});

test('the metadata agent finds the port behind an address', async () => {
  await start();
  const { network } = await networkWithSubnet(server, 'p1');
  const { network: elsewhere } = await networkWithSubnet(server, 'p2');
  const fixed_ips = [{ ip_address: '10.0.0.77' }];
  const port = await instancePort(server, network, { fixed_ips });
  await instancePort(server, elsewhere, { fixed_ips });
  const filters = { network_id: [idOf(network)], fixed_ips: { ip_address: ['10.0.0.77'] } };
  expect(((await server.call('get_ports', { filters })) as JsonObject[]).map(idOf)).toEqual([idOf(port)]);
  for (const none of [{ network_id: [] }, { network_id: [idOf(network)], fixed_ips: { ip_address: [] } }]) expect(await server.call('get_ports', { filters: none })).toEqual([]);
});
