import { dhcpNotificationEndpoint } from '@neutrino/agent/dhcp/notifications';
import { planDhcpPort } from '@neutrino/agent/dhcp/dhcp-port';
import { dhcpPluginRpc } from '@neutrino/agent/dhcp/plugin-rpc';
import { hostPorts } from '@neutrino/agent/l2/host-ports';
import { notificationEndpoint } from '@neutrino/agent/l2/notifications';
import { defaultL3Settings } from '@neutrino/agent/l3/l3-settings';
import { l3NotificationEndpoint } from '@neutrino/agent/l3/notifications';
import { planRouter } from '@neutrino/agent/l3/plan-router';
import { l3PluginRpc } from '@neutrino/agent/l3/plugin-rpc';
import { createInstanceFinder } from '@neutrino/agent/metadata/find-instance';
import { pluginApi } from '@neutrino/agent/rpc/plugin-api';
import { dispatch } from '@neutrino/runtime/rpc/dispatch';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordedServer, type RecordedServer } from './rpc/recorded-server.ts';

let broker: Broker;
let server: RecordedServer;
/** Another server, with routers. */
let routingBroker: Broker;
let routing: RecordedServer;
beforeEach(async () => {
  broker = createBroker();
  server = await recordedServer(broker.connect(), [
    'get_devices_details_list: Newton', 'security_group_info_for_devices: Wallaby', 'update_device_list: Xena', 'get_active_networks_info: Newton', 'get_network_info: Newton',
    'create_dhcp_port: Newton', 'dhcp_ready_on_ports: Newton', 'release_dhcp_port: Newton', 'get_ports: by network',
  ]);
  routingBroker = createBroker();
  routing = await recordedServer(routingBroker.connect(), ['get_router_ids: Newton', 'sync_routers: one', 'update_floatingip_statuses: Newton'], 'zed-l3.json');
});
afterEach(async () => {
  await broker[Symbol.asyncDispose]();
  await routingBroker[Symbol.asyncDispose]();
});

const tapOf = (name: string): string => `tap${server.id(name).slice(0, 11)}`;

describe("the Linux bridge agent understands Neutron's answers", () => {
  const api = () => pluginApi({ transport: broker.connect(), agentId: 'lb0200c0000201', host: 'compute-1', devicesPerRequest: 50 });

  test('of devices: those that are known, those that are not, and what filters them', async () => {
    const asked = [tapOf('vm1'), tapOf('open'), 'tapffffffff-ff'];
    const [details, security] = [await api().devicesDetails(asked), await api().securityGroupInfo(asked)];
    const ports = hostPorts();
    const { known, ...others } = ports.learn(asked, details, security);
    expect(known.toSorted()).toEqual([tapOf('vm1'), tapOf('open')].toSorted());
    expect(others).toEqual({ unknown: ['tapffffffff-ff'], failed: [] });
    expect(ports.port(tapOf('vm1'))).toMatchObject({
      details: { port_id: server.id('vm1'), network_type: 'vxlan', segmentation_id: 1001, mtu: 1450, allowed_address_pairs: [{ ip_address: '10.9.0.0/24' }] },
      security: { id: server.id('vm1'), device: tapOf('vm1'), security_groups: [server.id('sg')] },
    });
    expect(ports.state().members.get(server.id('sg'))?.IPv4).toEqual(expect.arrayContaining(['10.1.0.11', '10.1.0.12', '10.9.0.0/24']));
    expect(ports.devicesOfGroups(new Set([server.id('sg')]), 'remote')).toEqual([tapOf('vm1')]);
  });

  test('of its reports', async () => {
    expect(await api().updateDeviceList([tapOf('vm2')], [])).toEqual({ devices_up: [tapOf('vm2')], failed_devices_up: [], devices_down: [], failed_devices_down: [] });
    expect(server.asked.at(-1)).toEqual({ method: 'update_device_list', args: { devices_up: [tapOf('vm2')], devices_down: [], agent_id: 'lb0200c0000201', host: 'compute-1' } });
  });
});

test("the DHCP agent understands Neutron's networks, and sees that it has no port there", async () => {
  const rpc = dhcpPluginRpc(broker.connect(), 'compute-1', new AbortController().signal);
  const [network] = await rpc.getActiveNetworksInfo();
  expect(network).toMatchObject({ id: server.id('net'), mtu: 1450, non_local_subnets: [] });
  expect(network?.subnets.map(({ cidr, enable_dhcp: serves }) => [cidr, serves]).toSorted()).toEqual([['10.1.0.0/24', true], ['fd00:1::/64', true]]);
  if (network === undefined) throw new Error('there is no network');
  const step = planDhcpPort(network, 'dhcp-of-compute-1');
  expect(step).toMatchObject({ kind: 'create', request: { network_id: server.id('net'), device_id: 'dhcp-of-compute-1' } });
  const port = await rpc.createDhcpPort(step.kind === 'create' ? step.request : { network_id: '' });
  expect(port).toMatchObject({ id: server.id('dhcp1'), device_owner: 'network:dhcp' });
  await rpc.dhcpReadyOnPorts([server.id('vm1')]);
  await rpc.releaseDhcpPort(network.id, 'dhcp-of-compute-1');
  expect(server.asked.map(({ method }) => method)).toEqual(['get_active_networks_info', 'create_dhcp_port', 'dhcp_ready_on_ports', 'release_dhcp_port']);
});

test("the metadata agent finds the instance in Neutron's ports", async () => {
  const find = createInstanceFinder(broker.connect());
  expect(await find({ address: '10.1.0.11', networkId: server.id('net') })).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), projectId: 'a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0' });
});

test("the L3 agent makes of Neutron's routers what they are to be, and reports", async () => {
  const rpc = l3PluginRpc(routingBroker.connect(), 'compute-1', new AbortController().signal);
  const id = routing.id('router');
  expect(await rpc.getRouterIds()).toEqual([id]);
  const [router] = await rpc.syncRouters([id]);
  if (router === undefined) throw new Error('there is no router');
  const plan = planRouter(router, { ...defaultL3Settings('/state'), ipv6: true });
  expect(plan.namespace).toBe(`qrouter-${id}`);
  expect(plan.devices.map(({ addresses, mtu }) => [mtu, ...addresses]).toSorted()).toEqual([[1450, '10.1.0.1/24'], [1450, 'fd00:1::/64'], [1500, '203.0.113.10/24', '203.0.113.20/32']]);
  expect(plan.routes).toMatchObject([{ version: 4, destination: '0.0.0.0/0', hops: [{ via: '203.0.113.1' }] }]);
  expect(plan.tables.IPv4.get('nat')?.values().flatMap((rules) => rules).toArray().join('\n')).toContain('203.0.113.20');
  expect(plan.advertisements).toContain('fd00:1::/64');
  await rpc.updateFloatingIpStatuses(id, new Map([[routing.id('floating'), 'ACTIVE']]));
  expect(routing.asked.at(-1)).toEqual({ method: 'update_floatingip_statuses', args: { router_id: id, fip_statuses: { [routing.id('floating')]: 'ACTIVE' } } });
});

describe('agents take what Neutron announced', () => {
  const seen: string[] = [];
  const note = (what: string) => (...ids: readonly unknown[]): void => void seen.push([what, ...ids].map((id) => (id instanceof Set ? [...id].join('+') : String(id))).join(' '));
  const taken = async (topic: RegExp, endpoint: Parameters<typeof dispatch>[0][number], from = server): Promise<readonly string[]> => {
    seen.length = 0;
    for (const { method, version, args } of from.heard.filter((message) => topic.test(message.topic))) await dispatch([endpoint], { method, version, context: {}, args });
    return [...new Set(seen)];
  };

  test('to Linux bridge agents', async () => {
    const endpoint = notificationEndpoint('compute-2', { portChanged: note('port'), networkChanged: note('network'), networkGone: note('gone'), groupRulesChanged: note('rules'), groupMembersChanged: note('members'), missed: note('missed') });
    const network = server.id('net');
    expect((await taken(/^q-agent-notifier-(?!tunnel)/, endpoint)).toSorted()).toEqual(
      [...['vm1', 'vm2', 'open', 'unbound', 'dhcp1'].map((name) => `port ${tapOf(name)}`), `network ${network}`, `gone brq${network.slice(0, 11)}`, `rules ${server.id('sg')}`, `members ${server.id('sg')}`,
        // Of the port without a group of its own: the default group.
        `members ${server.id('uuid')}`].toSorted(),
    );
  });

  test('to DHCP agents', async () => {
    const endpoint = dhcpNotificationEndpoint({ networkChanged: note('network'), networkRemoved: note('removed'), portChanged: note('port'), subnetRemoved: note('subnet'), agentUpdated: note('agent') });
    const network = server.id('net');
    expect((await taken(/^dhcp_agent$/, endpoint)).toSorted()).toEqual(
      [...['vm1', 'vm2', 'open', 'unbound', 'dhcp1'].map((name) => `port ${network} ${server.id(name)}`), `network ${network}`, `removed ${network}`, `subnet ${network}`].toSorted(),
    );
  });

  test('to L3 agents', async () => {
    const endpoint = l3NotificationEndpoint({ routersChanged: (ids) => note('changed')(...ids), routerRemoved: note('removed'), networkChanged: note('network'), agentUpdated: note('agent') });
    const known = { ...routing, heard: routing.heard.filter(({ method }) => method !== 'fipnamespace_delete_on_ext_net') };
    expect((await taken(/^l3_agent$/, endpoint, known)).toSorted()).toEqual(['router', 'second'].flatMap((name) => [`changed ${routing.id(name)}`, `removed ${routing.id(name)}`]).toSorted());
  });
});
