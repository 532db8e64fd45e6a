import { option } from '@neutrino/lib/conf/option';
import { bool, optional, str } from '@neutrino/lib/conf/option-types';

/** [securitygroup] as agents read it. */
export const securityGroupOptions = {
  firewall_driver: option({
    type: optional(str()),
    default: null,
    help: 'How security groups are enforced: iptables (or the name of Neutron\'s iptables driver), or noop for not at all.',
  }),
  enable_security_group: option({ type: bool(), default: true, help: 'Enforce security groups.' }),
  enable_ipset: option({ type: bool(), default: true, help: 'Keep the members of remote groups in ipsets.' }),
};
