import { readFileSync } from 'node:fs';
import { dhcpSections, linuxBridgeSections, metadataSections } from '@neutrino/agent/conf/sections';
import { checkFiles, inOrder, type Finding } from '@neutrino/lib/conf/check-files';
import { implementedOptions } from '@neutrino/lib/conf/implemented-options';
import { knownOptions } from '@neutrino/lib/conf/known-options';
import { MalformedFile, parseOsloFile, type OsloFile } from '@neutrino/lib/conf/oslo-file';
import { ConfigError, resolveConfig } from '@neutrino/lib/conf/resolve';
import { loggingOptions } from '@neutrino/runtime/conf/logging-options';
import { missingDrivers, networkScheduler } from '@neutrino/server/cmd/available-drivers';
import { missingServices } from '@neutrino/server/cmd/service-plugins';
import { serverSections, type ServerConfig } from '@neutrino/server/conf/sections';

/** What each program reads, so that any of their files can be checked, alone or with others. */
const PROGRAMS = [serverSections, linuxBridgeSections, dhcpSections, metadataSections].map((sections) => ({ ...sections, DEFAULT: { ...sections.DEFAULT, ...loggingOptions } }));

const WORDS: Readonly<Record<Finding['kind'], string>> = { invalid: 'error', unknown: 'error', deprecated: 'warning', 'no-effect': 'note' };

/**
 * Prints what is unknown, outdated or wrong in configuration files that are read together, by file and line; resolves to 0 where
 * nothing is wrong, 1 where something is, 2 where a file cannot be read.
 */
export function checkConfig(names: readonly string[], write: (text: string) => void): number {
  const unreadable: string[] = [];
  const files = names.flatMap((name): OsloFile[] => {
    try {
      return [parseOsloFile(readFileSync(name, 'utf8'), name)];
    } catch (error) {
      unreadable.push(error instanceof MalformedFile ? error.message : `${name}: cannot be read: ${(error as Error).message}`);
      return [];
    }
  });
  const findings = [...checkFiles(PROGRAMS, { files, implemented: implementedOptions, known: knownOptions }), ...wrongNames(files)];
  for (const message of unreadable) write(`error: ${message}\n`);
  for (const { kind, message } of inOrder(findings, names)) write(`${WORDS[kind]}: ${message}\n`);
  const wrong = unreadable.length + findings.filter(({ kind }) => WORDS[kind] === 'error').length;
  write(`${files.length} ${files.length === 1 ? 'file' : 'files'}, ${wrong} ${wrong === 1 ? 'error' : 'errors'}, ${findings.filter(({ kind }) => kind === 'deprecated').length} outdated\n`);
  if (unreadable.length > 0) return 2;
  return wrong > 0 ? 1 : 0;
}

/** Names of services and drivers that the options have right as text, but that nobody has. */
function wrongNames(files: readonly OsloFile[]): readonly Finding[] {
  let config: ServerConfig;
  try {
    config = resolveConfig(serverSections, { files }).values;
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
  const findings: Finding[] = [];
  const attempt = (option: RegExp, action: () => readonly string[]): void => {
    const entry = files.flatMap(({ file, entries }) => entries.filter(({ section, name }) => option.test(`${section}.${name}`)).map(({ line }) => `${file}:${line}`)).at(-1);
    if (entry === undefined) return;
    try {
      findings.push(...action().map((message): Finding => ({ kind: 'no-effect', message: `${entry}: ${message}` })));
    } catch (error) {
      findings.push({ kind: 'invalid', message: `${entry}: ${(error as Error).message}` });
    }
  };
  attempt(/^DEFAULT\.service_plugins$/, () => missingServices(config.DEFAULT.service_plugins));
  attempt(/^DEFAULT\.network_scheduler_driver$/, () => (networkScheduler(config), []));
  for (const option of LISTS) attempt(new RegExp(`^ml2\\.${option}$`), () => missingDrivers(onlyNaming(option, config)));
  attempt(/^ml2\.tenant_network_types$/, () => unloaded(config.ml2.tenant_network_types, config));
  attempt(/^ml2\.external_network_type$/, () => unloaded(config.ml2.external_network_type === null ? [] : [config.ml2.external_network_type], config));
  return findings;
}

const LISTS = ['type_drivers', 'tenant_network_types', 'mechanism_drivers', 'extension_drivers'] as const;

/** The configuration with nothing in the other lists of drivers, so that what is said is about this one. */
function onlyNaming(option: (typeof LISTS)[number], { ml2 }: ServerConfig): Pick<ServerConfig, 'ml2'> {
  return { ml2: { ...ml2, type_drivers: [], tenant_network_types: [], mechanism_drivers: [], extension_drivers: [], [option]: ml2[option] } };
}

/** Throws where networks are to be of a type whose driver is not asked for. */
function unloaded(types: readonly string[], { ml2 }: ServerConfig): readonly [] {
  const missing = types.find((type) => !ml2.type_drivers.includes(type));
  if (missing !== undefined) throw new Error(`[ml2] type_drivers does not name ${missing}`);
  return [];
}
