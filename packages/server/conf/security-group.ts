import { option } from '@neutrino/lib/conf/option';
import { bool } from '@neutrino/lib/conf/option-types';

/** [securitygroup] as the server reads it; agents read more of it. */
export const securityGroupOptions = {
  enable_security_group: option({ type: bool(), default: true, help: 'Security groups are served and enforced.' }),
};
