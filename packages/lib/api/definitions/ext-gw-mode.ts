import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { enableSnat, gatewayInfo, toGatewayInfo } from '../gateway-info.ts';
import { orNull } from '../validators.ts';

export const extGwMode: ExtensionDeclaration = defineExtension({
  alias: 'ext-gw-mode',
  name: 'Neutron L3 Configurable external gateway mode',
  description: 'Whether a router translates addresses of inside to its own outside.',
  updated: '2013-03-28T10:00:00-00:00',
  requires: ['router'],
  extends: {
    routers: {
      external_gateway_info: {
        type: 'object', allowPost: true, allowPut: true, default: null, validate: orNull(gatewayInfo(enableSnat)), convertTo: toGatewayInfo,
        isVisible: true, enforcePolicy: true, description: 'where it leads outside: network_id, external_fixed_ips and enable_snat; null for nowhere',
      },
    },
  },
});
