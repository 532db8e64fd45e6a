import { option } from '@neutrino/lib/conf/option';
import { dict, str } from '@neutrino/lib/conf/option-types';

/** [linux_bridge]. */
export const linuxBridgeOptions = {
  physical_interface_mappings: option({
    type: dict(str()),
    default: {},
    help: 'Physical networks and the interfaces that lead to them: physnet1:eth1,physnet2:eth2.',
  }),
  bridge_mappings: option({
    type: dict(str()),
    default: {},
    help: 'Physical networks and bridges of yours that lead to them, instead of interfaces: physnet1:br-eth1.',
  }),
};
