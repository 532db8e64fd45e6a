import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const defaultSubnetpools: ExtensionDeclaration = defineExtension({
  alias: 'default-subnetpools',
  name: 'Default Subnetpools',
  description: 'The pool that subnets use which name none.',
  updated: '2016-02-18T18:00:00-00:00',
  requires: ['subnet_allocation'],
  extends: {
    subnets: {
      use_default_subnetpool: {
        type: 'boolean', allowPost: true, allowPut: false, default: false, validate: boolean, convertTo: toBoolean, isVisible: false,
        description: 'take the prefix from the default pool of its IP version',
      },
    },
  },
});
