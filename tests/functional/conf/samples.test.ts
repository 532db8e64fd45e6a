import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownOptions } from '@neutrino/lib/conf/known-options';
import { parseOsloFile } from '@neutrino/lib/conf/oslo-file';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import { serverSections } from '@neutrino/server/conf/sections';
import { expect, test } from 'vitest';
import { configFiles, root } from '../../../scripts/config-files.ts';

test.each([...configFiles()])('%s is what the option tables say (node --conditions=neutrino-source scripts/config-files.ts)', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});

test('a sample changes nothing, and uncommented it says the defaults', () => {
  const files = ['etc/neutron.conf.sample', 'etc/ml2_conf.ini.sample'].map((path) => readFileSync(join(root, path), 'utf8'));
  const values = (texts: readonly string[]) => resolveConfig(serverSections, { files: texts.map((text, index) => parseOsloFile(text, `${index}`)), known: knownOptions }).values;
  const { host: _, ...defaults } = values([]).DEFAULT;
  expect(values(files)).toEqual(values([]));
  const uncommented = values(files.map((text) => text.replaceAll(/^#(?! )/gm, '')));
  expect(uncommented).toMatchObject({ ...values([]), DEFAULT: defaults });
});
