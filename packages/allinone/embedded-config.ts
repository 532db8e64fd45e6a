import { hostname } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@neutrino/runtime/conf/load-config';
import { serverSections, type ServerConfig } from '@neutrino/server/conf/sections';
import type { Logger } from 'pino';
import { PROVIDER_INTERFACE } from './host/private-host.ts';
import { writeWhole, type StateDirectory } from './state-directory.ts';

export interface EmbeddedConfigOptions {
  readonly state: StateDirectory;
  readonly apiPort: number;
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
  /** VXLAN between the bridges of networks is possible on this host. */
  readonly hasTunnels: boolean;
  /** A stand-in for a provider's network is there. */
  readonly hasProviderNetwork: boolean;
  readonly log: Logger;
}

/** Physical network → interface, on a private host. */
export const PRIVATE_MAPPINGS: Readonly<Record<string, string>> = { provider: PROVIDER_INTERFACE };

/**
 * The configuration of the embedded server: the defaults of one machine, left as a neutron.conf in the state
 * directory for people to read, and over them the operator's files. Throws ConfigError.
 */
export function embeddedConfig(options: EmbeddedConfigOptions): ServerConfig {
  const { state, configFiles, configDirs, log } = options;
  const file = join(state.path, 'neutron.conf');
  writeWhole(file, embeddedDefaults(options));
  const { values, warnings } = loadConfig(serverSections, { configFiles: [file, ...configFiles], configDirs });
  for (const { kind, message } of warnings) {
    if (kind === 'no-effect') log.info(message);
    else log.warn(message);
  }
  return values;
}

function embeddedDefaults({ state, apiPort, hasTunnels, hasProviderNetwork }: EmbeddedConfigOptions): string {
  return `# What "neutrino up" starts with; written anew at each start. Files given by --config-file stand above it.
[DEFAULT]
host = ${hostname()}
state_path = ${state.agents}
bind_host = 127.0.0.1
bind_port = ${apiPort}

[database]
connection = sqlite:///${state.database}

[ml2]
type_drivers = local,flat,vlan,vxlan
tenant_network_types = ${hasTunnels ? 'vxlan' : 'local'}
mechanism_drivers = linuxbridge
extension_drivers = port_security

[ml2_type_flat]
flat_networks = ${hasProviderNetwork ? 'provider' : ''}

[ml2_type_vlan]
network_vlan_ranges = ${hasProviderNetwork ? 'provider' : ''}

[ml2_type_vxlan]
vni_ranges = 1:10000
`;
}
