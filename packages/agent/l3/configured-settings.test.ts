import { parseOsloFile } from '@neutrino/lib/conf/oslo-file';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import { expect, test } from 'vitest';
import { l3Sections } from '../conf/sections.ts';
import { configuredL3Settings } from './configured-settings.ts';
import { defaultL3Settings, type L3Settings } from './l3-settings.ts';

function configured(text: string): L3Settings {
  return configuredL3Settings(resolveConfig(l3Sections, { files: [parseOsloFile(text, 'l3_agent.ini')] }).values);
}

test('an empty file gives the defaults', () => {
  expect(configured('')).toEqual(defaultL3Settings('/var/lib/neutron'));
});

test('what a file says reaches the settings', () => {
  const settings = configured(
    '[DEFAULT]\nstate_path = /s\ninterface_driver = neutron.agent.linux.interface.BridgeInterfaceDriver\nhandle_internal_only_routers = False\n' +
      'metadata_port = 8000\nmetadata_access_mark = 0x10001\nexternal_ingress_mark = 7\nradvd_user = radvd\nipv6_gateway = FE80::1\nmax_rtr_adv_interval = 60\n',
  );
  expect(settings).toMatchObject({
    handleInternalOnlyRouters: false, metadataPort: 8000, metadataAccessMark: 1, externalIngressMark: 7, ipv6Gateway: 'fe80::1', metadataProxySocket: '/s/metadata_proxy',
    advertisements: { directory: '/s/ra', user: 'radvd', minIntervalSeconds: 30, maxIntervalSeconds: 60 }, interfaceDriver: 'neutron.agent.linux.interface.BridgeInterfaceDriver',
  });
});

test('a driver or mode that is not here, and a value that cannot be, stop the start', () => {
  expect(() => configured('[DEFAULT]\ninterface_driver = openvswitch\n')).toThrow('interface_driver');
  expect(() => configured('[DEFAULT]\nagent_mode = dvr_snat\n')).toThrow('agent_mode');
  expect(() => configured('[DEFAULT]\nmetadata_access_mark = one\n')).toThrow('metadata_access_mark');
  expect(() => configured('[DEFAULT]\nipv6_gateway = 10.0.0.1\n')).toThrow('ipv6_gateway');
  expect(() => configured('[DEFAULT]\nmin_rtr_adv_interval = 80\n')).toThrow('min_rtr_adv_interval');
});
