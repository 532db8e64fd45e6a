import { option } from '@neutrino/lib/conf/option';
import { list, str } from '@neutrino/lib/conf/option-types';

/** [ml2_type_vxlan]. */
export const ml2TypeVxlanOptions = {
  vni_ranges: option({ type: list(str()), default: [], help: 'VXLAN network identifiers for networks of projects: 1:1000,5000:5999.' }),
};
