import { parseOsloFile } from '@neutrino/lib/conf/oslo-file';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import { expect, test } from 'vitest';
import { dhcpSections, metadataSections } from '../conf/sections.ts';
import { configuredMetadataSettings } from '../metadata/configured-settings.ts';
import { defaultMetadataSettings } from '../metadata/metadata-settings.ts';
import { configuredDhcpSettings } from './configured-settings.ts';
import { defaultDhcpSettings, type DhcpSettings } from './dhcp-settings.ts';

function configured(text: string): DhcpSettings {
  return configuredDhcpSettings(resolveConfig(dhcpSections, { files: [parseOsloFile(text, 'dhcp_agent.ini')] }).values);
}

test('empty files give the defaults', () => {
  const directory = '/var/lib/neutron';
  expect(configured('')).toEqual({ ...defaultDhcpSettings(directory), configurationDirectory: `${directory}/dhcp` });
  expect(configuredMetadataSettings(resolveConfig(metadataSections, { files: [] }).values)).toEqual(defaultMetadataSettings(directory));
});

test('what a file says reaches the settings', () => {
  const settings = configured(
    '[DEFAULT]\nstate_path = /s\ninterface_driver = linuxbridge\ndhcp_driver = neutron.agent.linux.dhcp.Dnsmasq\nenable_isolated_metadata = True\n' +
      'dhcp_lease_duration = -1\ndnsmasq_dns_servers = 10.0.0.1, 10.0.0.2\nresync_interval = 7\nresync_throttle = 2\ndhcp_domain = example.org\n',
  );
  expect(settings).toMatchObject({
    configurationDirectory: '/s/dhcp', metadataProxySocket: '/s/metadata_proxy', enableIsolatedMetadata: true, leaseDurationSeconds: -1,
    resyncIntervalMs: 7000, resyncThrottleMs: 2000, dnsDomain: 'example.org', dnsmasq: { dnsServers: ['10.0.0.1', '10.0.0.2'] },
  });
});

test('a driver that is not here, or a throttle longer than the interval, stops the start', () => {
  expect(() => configured('[DEFAULT]\nresync_throttle = 6\n')).toThrow('resync_throttle');
  expect(() => configured('[DEFAULT]\ninterface_driver = openvswitch\n')).toThrow('interface_driver');
  expect(() => configured('[DEFAULT]\ndhcp_driver = isc\n')).toThrow('dhcp_driver');
});
