import { option } from '@neutrino/lib/conf/option';
import { list, str } from '@neutrino/lib/conf/option-types';

/** [ml2_type_flat]. */
export const ml2TypeFlatOptions = {
  flat_networks: option({
    type: list(str()),
    default: ['*'],
    help: 'Physical networks that flat networks may use. * allows any, nothing allows none.',
  }),
};
