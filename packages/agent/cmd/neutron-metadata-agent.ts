import { defineProgram } from '@neutrino/runtime/cmd/program';
import { AGENT_ALONE, brokerUnsupported } from '@neutrino/runtime/rpc/broker-unsupported';
import { metadataSections } from '../conf/sections.ts';
import { configuredMetadataSettings } from '../metadata/configured-settings.ts';

/** The metadata agent as a program of its own. */
await defineProgram({
  name: 'neutron-metadata-agent',
  description: "Passes instances' metadata requests to Nova, signed with the identity of the instance.",
  sections: metadataSections,
  defaultConfigFiles: ['neutron.conf', 'metadata_agent.ini'],
  main: async ({ config }) => {
    configuredMetadataSettings(config);
    throw brokerUnsupported(config.DEFAULT.transport_url, AGENT_ALONE);
  },
}).run();
