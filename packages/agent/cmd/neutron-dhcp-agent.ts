import { defineProgram } from '@neutrino/runtime/cmd/program';
import { dhcpSections } from '../conf/sections.ts';
import { configuredDhcpSettings } from '../dhcp/configured-settings.ts';
import { startDhcpAgent } from '../dhcp/dhcp-agent.ts';
import { runAgent } from './run-agent.ts';

/** The DHCP agent as a program of its own. */
await defineProgram({
  name: 'neutron-dhcp-agent',
  description: 'Serves DHCP, DNS and metadata to the networks that the server gives this host.',
  sections: dhcpSections,
  defaultConfigFiles: ['neutron.conf', 'dhcp_agent.ini'],
  main: async (input) => {
    const settings = configuredDhcpSettings(input.config);
    await runAgent({ ...input, name: 'neutron-dhcp-agent' }, (environment) => startDhcpAgent(environment, settings));
  },
}).run();
