import { loadConfig } from '@neutrino/runtime/conf/load-config';
import { neutronSections, type NeutronSection } from '../conf/neutron-section.ts';
import { UsageError } from './command-environment.ts';
import type { LoginSettings } from './login-settings.ts';

export interface ConfigFiles {
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
}

/**
 * How the [neutron] section of configuration files (nova.conf has one) says to log in; undefined where no files are
 * named. Throws ConfigError for files that cannot be read, UsageError where they do not say it.
 */
export function settingsOfFiles(files: ConfigFiles): LoginSettings | undefined {
  if (files.configFiles.length + files.configDirs.length === 0) return undefined;
  // What else those files say is for others: their options are not this program's to judge.
  const { neutron } = loadConfig(neutronSections, files).values;
  if (neutron.auth_url === null && neutron.endpoint_override === null) {
    throw new UsageError(`no [neutron] section with auth_url stands in ${[...files.configFiles, ...files.configDirs].join(', ')}`);
  }
  if (neutron.auth_type !== null && !['password', 'v3password'].includes(neutron.auth_type)) {
    throw new UsageError(`[neutron] auth_type: ${neutron.auth_type} is not available; use password`);
  }
  return settingsOf(neutron);
}

function settingsOf(neutron: NeutronSection): LoginSettings {
  const settings = {
    authUrl: neutron.auth_url,
    username: neutron.username,
    password: neutron.password,
    userDomainName: neutron.user_domain_name,
    userDomainId: neutron.user_domain_id,
    projectName: neutron.project_name,
    projectId: neutron.project_id,
    projectDomainName: neutron.project_domain_name,
    projectDomainId: neutron.project_domain_id,
    regionName: neutron.region_name,
    endpoint: neutron.endpoint_override,
    interface: neutron.valid_interfaces.length === 0 ? null : neutron.valid_interfaces.join(','),
    cacert: neutron.cafile,
    insecure: neutron.insecure ? 'true' : null,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
