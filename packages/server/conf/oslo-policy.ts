import { option } from '@neutrino/lib/conf/option';
import { str } from '@neutrino/lib/conf/option-types';

/** [oslo_policy]. */
export const osloPolicyOptions = {
  policy_file: option({
    type: str(),
    default: 'policy.yaml',
    deprecated: ['DEFAULT.policy_file'],
    help: 'File of rules that replace the default ones, beside the configuration files; policy.yaml need not exist.',
  }),
};
