import { defineProgram } from '@neutrino/runtime/cmd/program';
import { metadataSections } from '../conf/sections.ts';
import { configuredMetadataSettings } from '../metadata/configured-settings.ts';
import { startMetadataAgent } from '../metadata/metadata-agent.ts';
import { runAgent } from './run-agent.ts';

/** The metadata agent as a program of its own. */
await defineProgram({
  name: 'neutron-metadata-agent',
  description: "Passes instances' metadata requests to Nova, signed with the identity of the instance.",
  sections: metadataSections,
  defaultConfigFiles: ['neutron.conf', 'metadata_agent.ini'],
  main: async (input) => {
    const settings = configuredMetadataSettings(input.config);
    await runAgent({ ...input, name: 'neutron-metadata-agent' }, (environment) => startMetadataAgent(environment, settings));
  },
}).run();
