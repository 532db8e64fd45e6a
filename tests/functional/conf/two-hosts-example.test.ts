import { join } from 'node:path';
import { dhcpSections, linuxBridgeSections, metadataSections } from '@neutrino/agent/conf/sections';
import { loadConfig } from '@neutrino/runtime/conf/load-config';
import type { OptionSections } from '@neutrino/lib/conf/option';
import { serverSections } from '@neutrino/server/conf/sections';
import { expect, test } from 'vitest';

// A two-host installation's files, option for option as its operators have them.
const load = <S extends OptionSections>(sections: S, host: string, files: readonly string[]) =>
  loadConfig(sections, { configFiles: files.map((file) => join(import.meta.dirname, '../../../etc/examples/two-hosts', host, file)), configDirs: [] });
const said = ({ warnings }: { readonly warnings: readonly { readonly kind: string; readonly message: string }[] }): readonly string[] =>
  warnings.map(({ kind, message }) => `${kind} ${message.replace(/^.*\//, '')}`);

test('the server reads neutron.conf and ml2_conf.ini of the controller', () => {
  const config = load(serverSections, 'controller', ['neutron.conf', 'ml2_conf.ini']);
  const { DEFAULT, database, keystone_authtoken: keystone, ml2, ml2_type_flat: flat } = config.values;
  expect(DEFAULT).toMatchObject({ auth_strategy: 'keystone', core_plugin: 'ml2', service_plugins: [], transport_url: 'rabbit://openstack:openstack@192.168.56.11' });
  expect(database.connection).toBe('mysql+pymysql://neutron:neutron@192.168.56.11/neutron');
  expect(keystone).toMatchObject({ www_authenticate_uri: 'http://192.168.56.11:5000', auth_url: 'http://192.168.56.11:35357', username: 'neutron', project_name: 'service', auth_type: 'password' });
  expect(ml2).toMatchObject({ type_drivers: ['flat', 'vlan'], tenant_network_types: [], mechanism_drivers: ['linuxbridge'], extension_drivers: ['port_security'] });
  expect(flat.flat_networks).toEqual(['provider']);
  expect(said(config)).toMatchInlineSnapshot(`
    [
      "deprecated neutron.conf:13: [keystone_authtoken] auth_uri is deprecated: use [keystone_authtoken] www_authenticate_uri",
      "no-effect neutron.conf:34: known to OpenStack, but without effect here: [oslo_concurrency] lock_path",
      "deprecated neutron.conf:14: [keystone_authtoken] auth_url: port 35357 is deprecated: Keystone answers on port 5000 alone since the Queens release; it is used as written",
      "deprecated neutron.conf:24: [nova] auth_url: port 35357 is deprecated: Keystone answers on port 5000 alone since the Queens release; it is used as written",
    ]
  `);
});

test('the Linux bridge agent reads the files of either host', () => {
  for (const host of ['controller', 'compute']) {
    const config = load(linuxBridgeSections, host, ['neutron.conf', 'linuxbridge_agent.ini']);
    expect(config.values.linux_bridge.physical_interface_mappings).toEqual({ provider: 'eth0' });
    expect(config.values.vxlan.enable_vxlan).toBe(false);
    expect(config.values.securitygroup).toMatchObject({ enable_security_group: true, firewall_driver: 'neutron.agent.linux.iptables_firewall.IptablesFirewallDriver' });
    expect(said(config).filter((line) => !line.startsWith('no-effect'))).toEqual([
      'deprecated linuxbridge_agent.ini:12: [agent] prevent_arp_spoofing is deprecated: it is always on where a port has port security; switch that per port, and remove it',
    ]);
  }
});

test('the DHCP agent reads its file', () => {
  const config = load(dhcpSections, 'controller', ['neutron.conf', 'dhcp_agent.ini']);
  expect(config.values.DEFAULT).toMatchObject({ enable_isolated_metadata: true, dhcp_driver: 'neutron.agent.linux.dhcp.Dnsmasq', interface_driver: 'neutron.agent.linux.interface.BridgeInterfaceDriver' });
  expect(said(config).filter((line) => !line.startsWith('no-effect'))).toEqual([]);
});

test('the metadata agent reads its file', () => {
  const config = load(metadataSections, 'controller', ['neutron.conf', 'metadata_agent.ini']);
  expect(config.values.DEFAULT).toMatchObject({ nova_metadata_host: '192.168.56.11', metadata_proxy_shared_secret: 'neutron', metadata_proxy_socket: '/var/lib/neutron/metadata_proxy' });
  expect(said(config).filter((line) => !line.startsWith('no-effect'))).toEqual(['deprecated metadata_agent.ini:2: [DEFAULT] nova_metadata_ip is deprecated: use [DEFAULT] nova_metadata_host']);
});
