import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { orNull, string } from '../validators.ts';

export const securityGroupsRemoteAddressGroup: ExtensionDeclaration = defineExtension({
  alias: 'security-groups-remote-address-group',
  name: 'Remote address group id field for security group rules',
  description: 'Rules whose other end is an address group.',
  updated: '2020-08-25T10:00:00-00:00',
  requires: ['security-group'],
  extends: {
    security_group_rules: {
      remote_address_group_id: {
        type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(string(36)), isVisible: true, isFilter: true, isSortKey: true,
        description: 'the address group of the other end',
      },
    },
  },
});
