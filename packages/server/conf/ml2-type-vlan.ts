import { option } from '@neutrino/lib/conf/option';
import { list, str } from '@neutrino/lib/conf/option-types';

/** [ml2_type_vlan]. */
export const ml2TypeVlanOptions = {
  network_vlan_ranges: option({
    type: list(str()),
    default: [],
    help: 'Physical networks with VLANs, each with a range for networks of projects or without: physnet1:1000:2999,physnet2.',
  }),
};
