import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const externalNet: ExtensionDeclaration = defineExtension({
  alias: 'external-net',
  name: 'Neutron external network',
  description: 'Networks that lead outside.',
  updated: '2013-01-14T10:00:00-00:00',
  extends: {
    networks: {
      'router:external': {
        type: 'boolean', allowPost: true, allowPut: true, default: false, validate: boolean, convertTo: toBoolean,
        isVisible: true, isFilter: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether it leads outside',
      },
    },
  },
});
