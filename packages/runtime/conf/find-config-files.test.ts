import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findBeside, findConfigFiles } from './find-config-files.ts';

const root = mkdtempSync(join(tmpdir(), 'neutrino-find-'));
afterAll(() => rmSync(root, { recursive: true }));
const touch = (...names: readonly string[]): void => {
  for (const name of names) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), '');
  }
};
touch('home/neutron.conf', 'etc/neutron.conf', 'etc/plugins/ml2/ml2_conf.ini', 'mine/policy.yaml', 'etc/policy.yaml');
const places = [join(root, 'home'), join(root, 'etc')];

test('a default file is taken from the first place that has it; one that nobody has is left out', () => {
  expect(findConfigFiles(['neutron.conf', 'plugins/ml2/ml2_conf.ini', 'dhcp_agent.ini'], places)).toEqual([join(root, 'home/neutron.conf'), join(root, 'etc/plugins/ml2/ml2_conf.ini')]);
});

test('a further file is looked for beside the files that were read, then in the usual places', () => {
  expect(findBeside('policy.yaml', [join(root, 'mine/x.conf')], places)).toBe(join(root, 'mine/policy.yaml'));
  expect(findBeside('policy.yaml', [join(root, 'home/neutron.conf')], places)).toBe(join(root, 'etc/policy.yaml'));
  expect(findBeside(join(root, 'etc/policy.yaml'), [], [])).toBe(join(root, 'etc/policy.yaml'));
  expect(findBeside('absent.yaml', [], places)).toBeUndefined();
});
