import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dhcpSections, l3Sections, linuxBridgeSections, metadataSections } from '@neutrino/agent/conf/sections';
import { splitName } from '@neutrino/lib/conf/config-sources';
import { sectionKey, type OptionSections } from '@neutrino/lib/conf/option';
import { loggingOptions } from '@neutrino/runtime/conf/logging-options';
import { sampleFile } from '@neutrino/runtime/conf/sample-file';
import { ml2Sections, neutronSections } from '@neutrino/server/conf/sections';

/** The project's root. */
export const root = join(import.meta.dirname, '..');

/** All files that are made from the option tables: path below the root → text. */
export function configFiles(): ReadonlyMap<string, string> {
  const neutron = { ...neutronSections, DEFAULT: { ...neutronSections.DEFAULT, ...loggingOptions } };
  return new Map([
    ['etc/neutron.conf.sample', sampleFile('neutron.conf: read by neutron-server, and in part by every agent.', neutron)],
    ['etc/ml2_conf.ini.sample', sampleFile('plugins/ml2/ml2_conf.ini: read by neutron-server.', ml2Sections)],
    ['etc/linuxbridge_agent.ini.sample', sampleFile('plugins/ml2/linuxbridge_agent.ini: read by neutron-linuxbridge-agent.', linuxBridgeSections)],
    ['etc/dhcp_agent.ini.sample', sampleFile('dhcp_agent.ini: read by neutron-dhcp-agent.', dhcpSections)],
    ['etc/l3_agent.ini.sample', sampleFile('l3_agent.ini: read by neutron-l3-agent.', l3Sections)],
    ['etc/metadata_agent.ini.sample', sampleFile('metadata_agent.ini: read by neutron-metadata-agent.', metadataSections)],
    ['packages/lib/conf/implemented-options.ts', implementedOptions([neutron, ml2Sections, linuxBridgeSections, dhcpSections, l3Sections, metadataSections])],
  ]);
}

function implementedOptions(programs: readonly OptionSections[]): string {
  const names = new Map<string, Set<string>>();
  const add = (section: string, name: string): void => {
    const key = sectionKey(section);
    names.set(key, (names.get(key) ?? new Set()).add(name));
  };
  for (const [section, table] of programs.flatMap((sections) => Object.entries(sections))) {
    for (const [name, { deprecated = [] }] of Object.entries(table)) {
      add(section, name);
      for (const older of deprecated) add(...splitName(older, section));
    }
  }
  const ascending = (a: string, b: string): number => (a < b ? -1 : 1);
  const rows = [...names]
    .toSorted(([a], [b]) => ascending(a, b))
    .map(([section, itsNames]) => `  ${section}: [\n${[...itsNames].toSorted(ascending).map((name) => `    '${name}',\n`).join('')}  ],\n`);
  return `import type { OptionNames } from './review-files.ts';

/** Every option that some program of this project reads, older names included. Made by \`scripts/config-files.ts\`. */
export const implementedOptions: OptionNames = {
${rows.join('')}};
`;
}

if (import.meta.main) {
  for (const [path, text] of configFiles()) writeFileSync(join(root, path), text);
}
