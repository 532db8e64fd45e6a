import type { Attribute, ExtensionDeclaration } from '../attribute.ts';
import { toIp } from '../converters.ts';
import { adminStateAttribute, defineExtension, idAttribute, nameAttribute, projectAttribute, statusAttribute } from '../define-extension.ts';
import { gatewayInfo, toGatewayInfo } from '../gateway-info.ts';
import { holding, type Routes } from '../routes.ts';
import { ipAddress, orNull, uuid } from '../validators.ts';

const text = { type: 'string' } as const;
const uuidText = { type: 'string', format: 'uuid' } as const;
const interfaceRequest = { type: 'object', properties: { subnet_id: uuidText, port_id: uuidText } } as const;
const interfaceAnswer = holding({ id: uuidText, tenant_id: text, project_id: text, port_id: uuidText, network_id: uuidText, subnet_id: uuidText, subnet_ids: { type: 'array', items: uuidText } });

function interfaceRoute(action: 'add' | 'remove', summary: string): Routes[number] {
  return {
    method: 'PUT', path: `/routers/{id}/${action}_router_interface`, operation: `${action}_router_interface`, collection: 'routers',
    summary, request: interfaceRequest, status: 200, answer: interfaceAnswer,
  };
}

/** Null: none. */
const noneOrAddress: Pick<Attribute, 'type' | 'validate' | 'convertTo' | 'default'> = { type: 'string', validate: orNull(ipAddress), convertTo: toIp, default: null };

export const router: ExtensionDeclaration = defineExtension({
  alias: 'router',
  name: 'Neutron L3 Router',
  description: 'Routers between networks, and addresses of outside networks that lead to ports inside.',
  updated: '2012-07-20T10:00:00-00:00',
  requires: ['external-net'],
  resources: [
    {
      collection: 'routers',
      resource: 'router',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        tenant_id: projectAttribute,
        admin_state_up: adminStateAttribute,
        status: { ...statusAttribute, isFilter: false },
        external_gateway_info: {
          type: 'object', allowPost: true, allowPut: true, default: null, validate: orNull(gatewayInfo()), convertTo: toGatewayInfo,
          isVisible: true, enforcePolicy: true, description: 'where it leads outside: network_id and external_fixed_ips; null for nowhere',
        },
      },
    },
    {
      collection: 'floatingips',
      resource: 'floatingip',
      attributes: {
        id: idAttribute,
        floating_ip_address: { ...noneOrAddress, allowPost: true, allowPut: false, isVisible: true, isFilter: true, isSortKey: true, enforcePolicy: true, description: 'the address outside; chosen where not given' },
        subnet_id: { type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(uuid), isVisible: false, description: 'the outside subnet to choose the address from' },
        floating_network_id: { type: 'string', allowPost: true, allowPut: false, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, description: 'the outside network' },
        router_id: { type: 'string', allowPost: false, allowPut: false, default: null, isVisible: true, isFilter: true, isSortKey: true, description: 'the router that translates it' },
        port_id: { type: 'string', allowPost: true, allowPut: true, default: null, validate: orNull(uuid), isVisible: true, isFilter: true, requiredByPolicy: true, description: 'the port inside that it leads to' },
        fixed_ip_address: { ...noneOrAddress, allowPost: true, allowPut: true, isVisible: true, isFilter: true, isSortKey: true, description: 'which of that port\'s addresses' },
        tenant_id: projectAttribute,
        status: { ...statusAttribute, description: 'ACTIVE while a router translates it, DOWN or ERROR' },
      },
    },
  ],
  routes: [interfaceRoute('add', 'Attach a subnet or a port to a router'), interfaceRoute('remove', 'Detach a subnet or a port from a router')],
});
