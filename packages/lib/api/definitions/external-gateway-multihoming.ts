import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { gatewayInfos } from '../gateway-info.ts';
import { holding, oneOfResource, type Routes } from '../routes.ts';

const request = holding({ router: holding({ external_gateways: gatewayInfos.schema ?? {} }) });

function change(action: 'add' | 'update' | 'remove', summary: string): Routes[number] {
  return { method: 'PUT', path: `/routers/{id}/${action}_external_gateways`, operation: `${action}_external_gateways`, collection: 'routers', summary, request, status: 200, answer: oneOfResource('router') };
}

export const externalGatewayMultihoming: ExtensionDeclaration = defineExtension({
  alias: 'external-gateway-multihoming',
  name: 'Neutron L3 External Gateway Multihoming',
  description: 'Routers that lead outside by several gateways.',
  updated: '2023-01-18T00:00:00-00:00',
  requires: ['router', 'ext-gw-mode'],
  extends: {
    routers: {
      external_gateways: {
        type: 'array', allowPost: false, allowPut: false, default: null, validate: gatewayInfos,
        isVisible: true, enforcePolicy: true, description: 'all its gateways, the one of external_gateway_info first',
      },
    },
  },
  routes: [
    change('add', 'Give a router further gateways'),
    change('update', 'Say all gateways of a router'),
    change('remove', 'Take gateways away from a router'),
  ],
});
