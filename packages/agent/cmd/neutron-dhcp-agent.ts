import { defineProgram } from '@neutrino/runtime/cmd/program';
import { AGENT_ALONE, brokerUnsupported } from '@neutrino/runtime/rpc/broker-unsupported';
import { dhcpSections } from '../conf/sections.ts';
import { configuredDhcpSettings } from '../dhcp/configured-settings.ts';

/** The DHCP agent as a program of its own. */
await defineProgram({
  name: 'neutron-dhcp-agent',
  description: 'Serves DHCP, DNS and metadata to the networks that the server gives this host.',
  sections: dhcpSections,
  defaultConfigFiles: ['neutron.conf', 'dhcp_agent.ini'],
  main: async ({ config }) => {
    configuredDhcpSettings(config);
    throw brokerUnsupported(config.DEFAULT.transport_url, AGENT_ALONE);
  },
}).run();
