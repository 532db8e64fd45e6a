import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';

export const subnetExternalNetwork: ExtensionDeclaration = defineExtension({
  alias: 'subnet-external-network',
  name: 'Subnet belongs to an external network',
  description: 'Whether a subnet is of a network that leads outside.',
  updated: '2024-02-05T18:00:00-00:00',
  requires: ['external-net'],
  extends: {
    subnets: {
      'router:external': {
        type: 'boolean', allowPost: false, allowPut: false, default: false, convertTo: toBoolean,
        isVisible: true, isFilter: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether its network leads outside',
      },
    },
  },
});
