import { defineProgram } from '@neutrino/runtime/cmd/program';
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
    throw new Error(
      config.DEFAULT.transport_url === null
        ? '[DEFAULT] transport_url: must name the message broker; within one machine, `neutrino up` runs this agent without one'
        : '[DEFAULT] transport_url: this release cannot connect to RabbitMQ yet; `neutrino up` runs this agent without a broker',
    );
  },
}).run();
