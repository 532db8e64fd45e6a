import { option } from '@neutrino/lib/conf/option';
import { list, str } from '@neutrino/lib/conf/option-types';

/** [ml2_type_gre]. */
export const ml2TypeGreOptions = {
  tunnel_id_ranges: option({ type: list(str()), default: [], help: 'GRE keys for networks of projects: 1:1000,5000:5999.' }),
};
