import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { listOf, string } from '../validators.ts';

export const routerAvailabilityZone: ExtensionDeclaration = defineExtension({
  alias: 'router_availability_zone',
  name: 'Router Availability Zone',
  description: 'In which zones a router is.',
  updated: '2015-01-01T10:00:00-00:00',
  requires: ['router', 'availability_zone'],
  extends: {
    routers: {
      availability_zone_hints: {
        type: 'array', allowPost: true, allowPut: false, default: [], validate: listOf(string(255), { unique: true, maximum: 10 }), isVisible: true, description: 'zones it should be in',
      },
      availability_zones: readOnly('array', 'zones it is in'),
    },
  },
});
