import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import type { JsonObject } from '@neutrino/lib/json';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addAttributeOptions, bodyOf, normaliseArguments } from './attribute-options.ts';

const api = buildApi(extensions);

function parse(collection: string, ...argv: readonly string[]): JsonObject {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  const options = addAttributeOptions(command, api.resource(collection).attributes, 'create');
  const booleans = new Set(command.options.filter(({ optional }) => optional).map(({ long }) => String(long)));
  command.parse(normaliseArguments(argv, booleans), { from: 'user' });
  return bodyOf(command, options);
}

test("lists of objects are given as pairs, one option an object, in the old client's words and in openstack's", () => {
  expect(parse('ports', '--fixed-ip', 'subnet_id=blue,ip_address=10.0.0.5', '--fixed-ip', 'subnet=red,ip-address=10.0.1.5')).toEqual({
    fixed_ips: [{ subnet_id: 'blue', ip_address: '10.0.0.5' }, { subnet_id: 'red', ip_address: '10.0.1.5' }],
  });
  expect(parse('ports', '--extra-dhcp-opt', 'opt_name=classless-static-route,opt_value=10.0.0.0/8,10.0.0.1,ip_version=4')).toEqual({
    extra_dhcp_opts: [{ opt_name: 'classless-static-route', opt_value: '10.0.0.0/8,10.0.0.1', ip_version: '4' }],
  });
  expect(parse('subnets', '--host_route', 'destination=10.9.0.0/16,gateway=10.1.0.9')).toEqual({ host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.1.0.9' }] });
});

test('JSON does as well, and what only begins like it is refused with the option named', () => {
  expect(parse('ports', '--fixed-ips', '[{"ip_address": "10.0.0.5"}]')).toEqual({ fixed_ips: [{ ip_address: '10.0.0.5' }] });
  expect(() => parse('ports', '--fixed-ip', '{"ip_address"')).toThrow(/^--fixed-ip: what begins like JSON is not/);
  expect(() => parse('ports', '--fixed-ip', '10.0.0.5')).toThrow('--fixed-ip: expected key=value,… or JSON, found "10.0.0.5"');
});

test('a list of words may hold words with an equals sign', () => {
  expect(parse('ports', '--security-group', 'a=b', '--security-group', 'c')).toEqual({ security_groups: ['a=b', 'c'] });
});

test('each way of saying no', () => {
  expect(parse('subnets', '--no-gateway', '--disable-dhcp')).toEqual({ gateway_ip: null, enable_dhcp: false });
  expect(parse('subnets', '--gateway', 'None', '--no-dhcp', '--name', 'None')).toEqual({ gateway_ip: null, enable_dhcp: false, name: 'None' });
  expect(parse('ports', '--no-security-groups', '--no-allowed-address-pairs', '--admin-state-down')).toEqual({ security_groups: [], allowed_address_pairs: [], admin_state_up: false });
  expect(parse('networks', '--no-share', '--internal', '--disable-port-security')).toEqual({ shared: false, 'router:external': false, port_security_enabled: false });
});

test('a truth value after a flag is its value, and any other word is not', () => {
  expect(parse('networks', '--shared', '--router:external', 'False')).toEqual({ shared: true, 'router:external': false });
  expect(normaliseArguments(['net-create', '--shared', 'blue', '--provider:network_type', 'my_type'], new Set(['--shared']))).toEqual(['net-create', '--shared=true', 'blue', '--provider:network-type', 'my_type']);
});

test('numbers are numbers; what is none is left for the server to refuse', () => {
  expect(parse('networks', '--provider:segmentation_id', '17', '--provider:network-type', 'vlan')).toEqual({ 'provider:segmentation_id': 17, 'provider:network_type': 'vlan' });
  expect(parse('networks', '--provider:segmentation_id', 'many')).toEqual({ 'provider:segmentation_id': 'many' });
});

test('options that contradict each other are refused', () => {
  expect(() => parse('ports', '--admin-state-up', '--admin-state-down')).toThrow('--admin-state-up and --admin-state-down contradict each other');
});

test('an option that the resource does not have is refused', () => {
  expect(() => parse('networks', '--fixed-ip', 'ip_address=10.0.0.1')).toThrow('unknown option');
});
