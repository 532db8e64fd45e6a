import { defineProgram } from '@neutrino/runtime/cmd/program';
import { linuxBridgeSections } from '../conf/sections.ts';
import { configuredSettings, missingExtensions } from '../l2/configured-settings.ts';
import { startLinuxBridgeAgent } from '../l2/linux-bridge-agent.ts';
import { runAgent } from './run-agent.ts';

/** The Linux bridge agent as a program of its own. */
await defineProgram({
  name: 'neutron-linuxbridge-agent',
  description: 'Connects the devices of this host to their networks, and filters them.',
  sections: linuxBridgeSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/linuxbridge_agent.ini'],
  main: async (input) => {
    const settings = configuredSettings(input.config);
    for (const warning of missingExtensions(input.config)) input.log.warn(warning);
    await runAgent({ ...input, name: 'neutron-linuxbridge-agent' }, (environment) => startLinuxBridgeAgent(environment, settings));
  },
}).run();
