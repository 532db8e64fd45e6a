import { command, hostNamespaces, type Capability } from '../support/capabilities.ts';

/** What a machine has to have for Neutron's agents. */
export const neutronAgents: readonly Capability[] = [hostNamespaces, command('neutron-linuxbridge-agent'), command('neutron-dhcp-agent'), command('neutron-metadata-agent'), command('neutron-l3-agent'), command('radvd'), command('keepalived'), command('conntrack'), command('ebtables'), command('haproxy'), command('sudo'), command('rabbitmq-server'), command('udhcpc'), command('curl')];

/** And for its server. */
export const neutronServer: readonly Capability[] = [command('neutron-server'), command('mariadbd')];
