import type { L3Config } from '@neutrino/agent/conf/sections';
import { configuredL3Settings } from '@neutrino/agent/l3/configured-settings';
import { l3Extensions, type L3Extension, type L3Settings } from '@neutrino/agent/l3/l3-settings';
import { hasService } from '@neutrino/server/cmd/service-plugins';

/** The parts of routers that the server has a service for: the service and the agent's extension bear one name. */
export function servedL3Extensions(servicePlugins: readonly string[]): readonly L3Extension[] {
  return l3Extensions.filter((name) => hasService(servicePlugins, name));
}

/** Where all agents read one file, `[agent] extensions` there is the layer 2 agent's: the L3 agent has what the server serves. Throws CannotStart. */
export function embeddedL3Settings(config: L3Config, extensions: readonly L3Extension[]): L3Settings {
  return configuredL3Settings({ ...config, agent: { ...config.agent, extensions } });
}
