import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkConfig } from '@neutrino/allinone/cmd/config-check';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const etc = resolve(import.meta.dirname, '../../../etc');
const example = join(etc, 'examples/two-hosts');

function check(...names: readonly string[]): { readonly code: number; readonly lines: readonly string[] } {
  let text = '';
  const code = checkConfig(names, (more) => (text += more));
  return { code, lines: text.trimEnd().split('\n') };
}

describe('neutrino config check', () => {
  test('finds nothing wrong in the files of an installation, alone or together, and tells what is outdated', () => {
    const files = ['controller', 'compute'].flatMap((host) => readdirSync(join(example, host)).filter((name) => name !== 'nova.conf').map((name) => join(example, host, name)));
    for (const file of files) expect(check(file)).toMatchObject({ code: 0 });
    const { code, lines } = check(...['neutron.conf', 'ml2_conf.ini'].map((name) => join(example, 'controller', name)));
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^2 files, 0 errors, \d+ outdated$/);
  });

  test('finds nothing wrong in the sample files', () => {
    const samples = readdirSync(etc).filter((name) => name.endsWith('.sample')).map((name) => join(etc, name));
    for (const sample of samples) expect(check(sample)).toMatchObject({ code: 0, lines: ['1 file, 0 errors, 0 outdated'] });
  });

  test('names what is unknown, wrong, outdated or without effect by line, with the name that was meant', () => {
    using directory = temporaryDirectory();
    const neutron = join(directory.path, 'neutron.conf');
    const ml2 = join(directory.path, 'ml2_conf.ini');
    writeFileSync(neutron, '[DEFAULT]\nbind_prot = 9696\nservice_plugins = router,nonsense\nagent_down_time = soon\nverbose = True\n\n[keystone_authtokn]\nusername = neutron\n[ovs]\nbridge_mappings = a:b\n');
    writeFileSync(ml2, '[ml2]\ntype_drivers = vlan\nmechanism_drivers = linuxbrigde\ntenant_network_types = vxlan\n[vxlan]\nttl = many\n');
    const { code, lines } = check(neutron, ml2);
    expect(code).toBe(1);
    expect(lines).toEqual([
      `error: ${neutron}:2: unknown option [DEFAULT] bind_prot; did you mean bind_port?`,
      expect.stringMatching(new RegExp(`^error: ${neutron}:4: \\[DEFAULT\\] agent_down_time: .*"soon"`)),
      expect.stringMatching(new RegExp(`^warning: ${neutron}:5: \\[DEFAULT\\] verbose is deprecated: `)),
      `error: ${neutron}:8: unknown section of option [keystone_authtokn] username; did you mean [keystone_authtoken]?`,
      `note: ${neutron}:10: known to OpenStack, but without effect here: [ovs] bridge_mappings`,
      expect.stringMatching(new RegExp(`^error: ${ml2}:6: \\[vxlan\\] ttl: .*"many"`)),
      '2 files, 4 errors, 1 outdated',
    ]);
  });

  test('names services, drivers and network types that nobody has', () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'all.conf');
    writeFileSync(file, '[DEFAULT]\nservice_plugins = nonsense\nnetwork_scheduler_driver = DiceScheduler\n[ml2]\ntype_drivers = vlan\nmechanism_drivers = linuxbrigde\ntenant_network_types = vxlan\n');
    const { code, lines } = check(file);
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^error: .*all\.conf:2: \[DEFAULT\] service_plugins: .*nonsense/),
      expect.stringMatching(/^error: .*all\.conf:3: \[DEFAULT\] network_scheduler_driver: .*DiceScheduler/),
      expect.stringMatching(/^error: .*all\.conf:6: \[ml2\] mechanism_drivers: .*linuxbrigde/),
      expect.stringMatching(/^error: .*all\.conf:7: \[ml2\] .*vxlan/),
      '1 file, 4 errors, 0 outdated',
    ]);
  });

  test('says by its status that a file cannot be read, or is none', () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'broken.conf');
    writeFileSync(file, 'bind_port = 1\n');
    expect(check(file, join(directory.path, 'absent.conf'))).toMatchObject({ code: 2, lines: [expect.stringMatching(/broken\.conf:1: /), expect.stringMatching(/absent\.conf: cannot be read/), '0 files, 2 errors, 0 outdated'] });
  });
});
