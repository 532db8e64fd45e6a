import type { Json, JsonObject } from '@neutrino/lib/json';
import { RemoteError } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { networkWithSubnet, reportAgents, runningServer, type RunningServer } from './running-server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runningServer();
  await reportAgents(server, 'h1');
  await networkWithSubnet(server, 'p1');
});
afterAll(() => server[Symbol.asyncDispose]());

const methods: readonly (readonly [string, string, readonly string[]])[] = [
  ['get_device_details', '1.9', ['device', 'host', 'agent_id']],
  ['get_devices_details_list', '1.9', ['devices', 'host']],
  ['get_devices_details_list_and_failed_devices', '1.9', ['devices', 'host']],
  ['get_network_details', '1.9', ['network']],
  ['update_device_up', '1.9', ['device', 'host']],
  ['update_device_down', '1.9', ['device', 'host']],
  ['update_device_list', '1.9', ['devices_up', 'devices_down', 'host']],
  ['get_ports_by_vnic_type_and_host', '1.9', ['vnic_type', 'host']],
  ['tunnel_sync', '1.4', ['tunnel_ip', 'tunnel_type', 'host']],
  ['security_group_info_for_devices', '1.3', ['devices', 'call_version']],
  ['security_group_rules_for_devices', '1.1', ['devices']],
  ['get_active_networks_info', '1.10', ['host', 'enable_dhcp_filter']],
  ['get_network_info', '1.10', ['network_id', 'host']],
  ['get_networks', '1.10', ['filters', 'fields']],
  ['create_dhcp_port', '1.10', ['port', 'host']],
  ['update_dhcp_port', '1.10', ['port', 'port_id', 'host']],
  ['get_dhcp_port', '1.10', ['port_id']],
  ['release_dhcp_port', '1.10', ['network_id', 'device_id']],
  ['dhcp_ready_on_ports', '1.10', ['port_ids']],
  ['get_ports', '1.0', ['filters']],
  ['pull', '1.0', ['resource_type', 'version', 'resource_id']],
  ['bulk_pull', '1.1', ['resource_type', 'version', 'filter_kwargs']],
];
const reports: readonly (readonly [string, string, readonly string[]])[] = [
  ['report_state', '1.2', ['agent_state', 'time']],
  ['has_alive_neutron_server', '1.3', ['x']],
  ['get_agents', '1.4', ['host', 'is_active', 'nonsense']],
  ['delete_agent', '1.4', ['host', 'agent_type']],
];
const garbage: readonly Json[] = [
  null,
  true,
  -1,
  1e300,
  '',
  'tap',
  'x'.repeat(5000),
  "'; drop table ports; --",
  '\u0000\ud800',
  [],
  [null],
  [[[]]],
  [{}],
  ['tap', 7],
  {},
  { port: null },
  { port: { network_id: 7, fixed_ips: [{}], mac_address: 'x' } },
  { port: { network_id: 'n', admin_state_up: 'yes' } },
  { agent_state: null },
  { agent_state: { binary: {}, host: [], topic: 1, agent_type: null } },
  { fixed_ips: { ip_address: { a: 1 } } },
  { id: [{ nested: [] }], unknown_attribute: ['x'] },
  { constructor: ['x'] },
  { toString: ['x'], hasOwnProperty: [1] },
];

/** Errors that tell an agent what is wrong, as opposed to a defect of the server's. */
const sane = new Set(['CallbackNotFound', 'InvalidInput', 'InvalidResourceTypeClass', 'InvalidTargetVersion', 'BadRequest', 'NetworkNotFound', 'PortNotFound', 'SubnetNotFound', 'AgentNotFound']);

async function answer(topic: string, method: string, version: string, args: JsonObject): Promise<string> {
  try {
    await server.connect().call({}, { topic, version }, method, args, { timeoutMs: 10_000 });
    return 'answered';
  } catch (error) {
    if (error instanceof RemoteError) return sane.has(error.remoteType) || isRefusedCall(error) ? 'refused' : `${error.remoteType}: ${error.message}`;
    throw error;
  }
}

/** What a dispatcher of Python's says of arguments that a method does not take. */
function isRefusedCall({ remoteType, message }: RemoteError): boolean {
  return remoteType === 'TypeError' && /^\w+\(\) (missing \d+ required|got an unexpected)/.test(message);
}

test.each([...methods.map((each) => [topics.plugin, ...each] as const), ...reports.map((each) => [topics.reports, ...each] as const)])(
  '%s %s answers or refuses whatever it is given',
  async (topic, method, version, names) => {
    const combinations: JsonObject[] = [{}, ...garbage.flatMap((value) => names.map((name) => ({ [name]: value })))];
    // Each argument wrong where the others are right, too.
    const right: JsonObject = { host: 'h1', device: 'tap12345678-90', devices: [], network_id: 'n', port_id: 'p', device_id: 'd', tunnel_ip: '192.0.2.1', tunnel_type: 'vxlan', vnic_type: 'normal', agent_type: 'x', resource_type: 'Port', version: '1.7', resource_id: 'p', port: { port: { network_id: 'n' } } };
    const known = Object.fromEntries(names.map((name) => [name, right[name] ?? null]));
    combinations.push(...garbage.flatMap((value) => names.map((name) => ({ ...known, [name]: value }))));
    for (const args of combinations) {
      const outcome = await answer(topic, method, version, args);
      expect(['answered', 'refused'], `${method} ${JSON.stringify(args).slice(0, 200)}`).toContain(outcome);
    }
  },
);

test('the server goes on serving', async () => {
  expect(await server.call('get_active_networks_info', { host: 'h1' }, '1.10')).toHaveLength(1);
});
