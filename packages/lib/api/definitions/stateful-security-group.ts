import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const statefulSecurityGroup: ExtensionDeclaration = defineExtension({
  alias: 'stateful-security-group',
  name: 'Stateful security group',
  description: 'Groups that do not track connections.',
  updated: '2019-11-26T09:00:00-00:00',
  requires: ['security-group'],
  extends: {
    security_groups: {
      stateful: {
        type: 'boolean', allowPost: true, allowPut: true, default: true, validate: boolean, convertTo: toBoolean, isVisible: true, isFilter: true,
        description: 'whether answers pass because their connection is known',
      },
    },
  },
});
