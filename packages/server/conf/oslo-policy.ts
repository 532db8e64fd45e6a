import { option } from '@neutrino/lib/conf/option';
import { bool, multi, str } from '@neutrino/lib/conf/option-types';

/** [oslo_policy]. */
export const osloPolicyOptions = {
  policy_file: option({
    type: str(),
    default: 'policy.yaml',
    deprecated: ['DEFAULT.policy_file'],
    help: 'File of rules that replace the default ones, beside the configuration files; policy.yaml need not exist. A change holds within a second.',
  }),
  policy_dirs: option({
    type: multi(str()),
    default: ['policy.d'],
    multi: true,
    deprecated: ['DEFAULT.policy_dirs'],
    help: 'Directories of further such files, read in the order of their names; they need not exist.',
  }),
  policy_default_rule: option({
    type: str(),
    default: 'default',
    deprecated: ['DEFAULT.policy_default_rule'],
    help: 'The rule that stands in for rules that do not exist.',
  }),
  enforce_new_defaults: option({
    type: bool(),
    default: false,
    help: 'Only the rules of the personas admin, member and reader count, without the older ones that are wider.',
  }),
  enforce_scope: option({ type: bool(), default: false, help: "Tokens for a domain or for the system, rather than a project, do nothing to projects' resources." }),
};
