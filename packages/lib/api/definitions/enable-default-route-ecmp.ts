import type { ExtensionDeclaration } from '../attribute.ts';
import { toBooleanOrNull } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';

export const enableDefaultRouteEcmp: ExtensionDeclaration = defineExtension({
  alias: 'enable-default-route-ecmp',
  name: 'Enable Default Route ECMP',
  description: 'Whether a router with several gateways spreads what goes outside over all of them.',
  updated: '2023-02-27T00:00:00-00:00',
  requires: ['router', 'external-gateway-multihoming'],
  extends: {
    routers: {
      enable_default_route_ecmp: {
        type: 'boolean', allowPost: true, allowPut: true, default: null, convertTo: toBooleanOrNull,
        isVisible: true, enforcePolicy: true, description: 'whether default routes of all its gateways are used together; null: as configured',
      },
    },
  },
});
