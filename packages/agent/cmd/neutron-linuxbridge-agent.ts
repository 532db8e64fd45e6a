import { defineProgram } from '@neutrino/runtime/cmd/program';
import { AGENT_ALONE, brokerUnsupported } from '@neutrino/runtime/rpc/broker-unsupported';
import { linuxBridgeSections } from '../conf/sections.ts';
import { configuredSettings } from '../l2/configured-settings.ts';

/** The Linux bridge agent as a program of its own. */
await defineProgram({
  name: 'neutron-linuxbridge-agent',
  description: 'Connects the devices of this host to their networks, and filters them.',
  sections: linuxBridgeSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/linuxbridge_agent.ini'],
  main: async ({ config }) => {
    configuredSettings(config);
    throw brokerUnsupported(config.DEFAULT.transport_url, AGENT_ALONE);
  },
}).run();
