import { parseOsloFile } from '@neutrino/lib/conf/oslo-file';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import { expect, test } from 'vitest';
import { linuxBridgeSections } from '../conf/sections.ts';
import { configuredSettings } from './configured-settings.ts';
import type { VxlanSettings } from './settings.ts';

function configured(text: string): VxlanSettings {
  return configuredSettings(resolveConfig(linuxBridgeSections, { files: [parseOsloFile(text, 'linuxbridge_agent.ini')] }).values).vxlan;
}

test('what a file says of tunnels reaches the settings', () => {
  expect(configured('[vxlan]\nlocal_ip = 192.0.2.1\n')).toMatchObject({ localIp: '192.0.2.1', group: '224.0.0.1', l2Population: false, arpResponder: false, dstPort: 8472, tos: null, srcPorts: null });
  expect(configured('[agent]\ndscp = 10\n[vxlan]\nlocal_ip = 192.0.2.1\nvxlan_group =\nl2_population = true\narp_responder = true\nttl = 9\nudp_dstport = 4789\nudp_srcport_min = 50000\nudp_srcport_max = 50100\n')).toMatchObject({
    group: null, l2Population: true, arpResponder: true, ttl: 9, tos: 40, dstPort: 4789, srcPorts: { minimum: 50_000, maximum: 50_100 },
  });
  expect(configured('[agent]\ndscp = 10\ndscp_inherit = true\n[vxlan]\nlocal_ip = fd00::1\nvxlan_group = ff05::100/120\nmulticast_ranges = ff05::7:5:9\n')).toMatchObject({
    tos: 'inherit', group: 'ff05::100/120', multicastRanges: [{ group: 'ff05::7', minimum: 5, maximum: 9 }],
  });
});

test.each([
  ['local_ip', '[vxlan]\n'],
  ['vxlan_group', '[vxlan]\nlocal_ip = 192.0.2.1\nvxlan_group = 192.0.2.9\n'],
  ['vxlan_group', '[vxlan]\nlocal_ip = fd00::1\n'],
  ['vxlan_group', '[vxlan]\nlocal_ip = 192.0.2.1\nvxlan_group =\n'],
  ['multicast_ranges', '[vxlan]\nlocal_ip = 192.0.2.1\nmulticast_ranges = 192.0.2.9:1:2\n'],
  ['multicast_ranges', '[vxlan]\nlocal_ip = 192.0.2.1\nmulticast_ranges = 239.0.0.1:2:1\n'],
])('a value of %s with which no tunnel can work stops the start', (option, text) => {
  expect(() => configured(text)).toThrow(`[vxlan] ${option}`);
});
