import { hostname } from 'node:os';
import { join } from 'node:path';
import { dhcpSections, l3Sections, linuxBridgeSections, metadataSections, type LinuxBridgeConfig } from '@neutrino/agent/conf/sections';
import { configuredDhcpSettings } from '@neutrino/agent/dhcp/configured-settings';
import { configuredSettings, missingExtensions } from '@neutrino/agent/l2/configured-settings';
import { configuredMetadataSettings } from '@neutrino/agent/metadata/configured-settings';
import type { GivenValue } from '@neutrino/lib/conf/config-sources';
import type { ConfigValues } from '@neutrino/lib/conf/option';
import { ConfigError } from '@neutrino/lib/conf/resolve';
import type { ConfigWarning } from '@neutrino/lib/conf/review-files';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { findBeside } from '@neutrino/runtime/conf/find-config-files';
import { loadConfig } from '@neutrino/runtime/conf/load-config';
import { loggingOptions } from '@neutrino/runtime/conf/logging-options';
import { serverSections, type ServerConfig } from '@neutrino/server/conf/sections';
import { embeddedL3Settings } from './embedded-l3.ts';
import { PROVIDER_INTERFACE, UNDERLAY_ADDRESS } from './host/private-host.ts';
import { writeWhole, type StateDirectory } from './state-directory.ts';

export interface EmbeddedConfigOptions {
  readonly state: StateDirectory;
  /** undefined: as the files say, else 9696. */
  readonly apiPort: number | undefined;
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
  /** The agents act on a private host, which has an underlay for tunnels and a stand-in for a provider's network. */
  readonly isPrivateHost: boolean;
}

export interface EmbeddedConfig {
  readonly server: ServerConfig;
  readonly logging: ConfigValues<{ readonly DEFAULT: typeof loggingOptions }>['DEFAULT'];
  readonly warnings: readonly ConfigWarning[];
  /** What the agents' process reads again: it has sections of its own. */
  readonly configFiles: readonly string[];
  readonly findFile: (name: string) => string | undefined;
}

const sections = { ...serverSections, DEFAULT: { ...serverSections.DEFAULT, ...loggingOptions } };

/**
 * The configuration of the embedded server and agents: the defaults of one machine, left as a neutron.conf in the
 * state directory for people to read, and over them the operator's files. Throws ConfigError.
 */
export function embeddedConfig(options: EmbeddedConfigOptions): EmbeddedConfig {
  const { state, apiPort, configDirs } = options;
  const file = join(state.path, 'neutron.conf');
  writeWhole(file, embeddedDefaults(options));
  const configFiles = [file, ...options.configFiles];
  const overrides: readonly GivenValue[] = apiPort === undefined ? [] : [{ section: 'DEFAULT', name: 'bind_port', value: String(apiPort) }];
  const linuxBridge = (): LinuxBridgeConfig => loadConfig(linuxBridgeSections, { configFiles, configDirs }).values;
  checkAll([
    () => loadConfig(sections, { configFiles, configDirs, overrides }),
    // The agents' process would only find out later, and again and again.
    () => void missingExtensions(linuxBridge()),
    () => configuredSettings(linuxBridge()),
    () => configuredDhcpSettings(loadConfig(dhcpSections, { configFiles, configDirs }).values),
    () => embeddedL3Settings(loadConfig(l3Sections, { configFiles, configDirs }).values, []),
    () => configuredMetadataSettings(loadConfig(metadataSections, { configFiles, configDirs }).values),
  ]);
  const { values, warnings, files } = loadConfig(sections, { configFiles, configDirs, overrides });
  return {
    server: values,
    logging: values.DEFAULT,
    warnings: [...warnings, ...withoutEffectHere(values), ...missingExtensions(linuxBridge()).map((message): ConfigWarning => ({ kind: 'no-effect', message }))],
    configFiles,
    findFile: (name) => findBeside(name, files),
  };
}

/** Throws all that is wrong at once, each problem once: some options are read by several. */
function checkAll(checks: readonly (() => unknown)[]): void {
  const problems = new Set<string>();
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (error instanceof ConfigError) for (const problem of error.problems) problems.add(problem);
      else if (error instanceof CannotStart) problems.add(error.message);
      else throw error;
    }
  }
  if (problems.size > 0) throw new ConfigError([...problems]);
}

/** Options that a server on its own has, and that mean nothing where all is in one process. */
function withoutEffectHere({ DEFAULT, keystone_authtoken }: ServerConfig): readonly ConfigWarning[] {
  const warning = (message: string): ConfigWarning => ({ kind: 'deprecated', message });
  return [
    ...(DEFAULT.transport_url === null ? [] : [warning('[DEFAULT] transport_url has no effect here: server and agents are one service, without a broker')]),
    ...(keystone_authtoken.auth_url === null ? [] : [warning('[keystone_authtoken] has no effect here: callers log in at the identity service that starts with this one')]),
  ];
}

function embeddedDefaults({ state, isPrivateHost }: EmbeddedConfigOptions): string {
  return `# What "neutrino up" starts with; written anew at each start. Files given by --config-file stand above it.
[DEFAULT]
host = ${hostname()}
state_path = ${state.agents}
bind_host = 127.0.0.1
service_plugins = router,conntrack_helper,port_forwarding
enable_isolated_metadata = true
# 0: a metadata service for namespaced instances, which starts with the agents.
nova_metadata_port = 0

[database]
connection = sqlite:///${state.database}

[ml2]
type_drivers = local,flat,vlan,vxlan
tenant_network_types = ${isPrivateHost ? 'vxlan' : 'local'}
mechanism_drivers = linuxbridge
extension_drivers = port_security

[ml2_type_flat]
flat_networks = ${isPrivateHost ? 'provider' : ''}

[ml2_type_vlan]
network_vlan_ranges = ${isPrivateHost ? 'provider' : ''}

[ml2_type_vxlan]
vni_ranges = 1:10000

[agent]
report_interval = 10

[linux_bridge]
physical_interface_mappings = ${isPrivateHost ? `provider:${PROVIDER_INTERFACE}` : ''}

[vxlan]
enable_vxlan = ${isPrivateHost}
local_ip = ${isPrivateHost ? UNDERLAY_ADDRESS : ''}

[securitygroup]
firewall_driver = iptables
`;
}
