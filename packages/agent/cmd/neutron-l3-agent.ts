import { defineProgram } from '@neutrino/runtime/cmd/program';
import { l3Sections } from '../conf/sections.ts';
import { configuredL3Settings, missingL3Extensions } from '../l3/configured-settings.ts';
import { startL3Agent } from '../l3/l3-agent.ts';
import { runAgent } from './run-agent.ts';

/** The L3 agent as a program of its own. */
await defineProgram({
  name: 'neutron-l3-agent',
  description: 'Makes the routers that the server gives this host, with their translations of addresses.',
  sections: l3Sections,
  defaultConfigFiles: ['neutron.conf', 'l3_agent.ini'],
  main: async (input) => {
    const settings = configuredL3Settings(input.config);
    for (const warning of missingL3Extensions(input.config)) input.log.warn(warning);
    await runAgent({ ...input, name: 'neutron-l3-agent' }, (environment) => startL3Agent(environment, settings));
  },
}).run();
