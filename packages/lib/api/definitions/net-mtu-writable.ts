import type { ExtensionDeclaration } from '../attribute.ts';
import { toInteger } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { nonNegativeInteger } from '../validators.ts';

export const netMtuWritable: ExtensionDeclaration = defineExtension({
  alias: 'net-mtu-writable',
  name: 'Network MTU (writable)',
  description: 'The MTU of a network can be chosen.',
  updated: '2017-07-12T00:00:00-00:00',
  requires: ['net-mtu'],
  extends: {
    networks: {
      mtu: {
        type: 'integer', allowPost: true, allowPut: true, default: 0, validate: nonNegativeInteger, convertTo: toInteger,
        isVisible: true, isFilter: true, isSortKey: true, enforcePolicy: true, description: 'bytes; 0 for the largest possible',
      },
    },
  },
});
