import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { toMac } from '../converters.ts';
import { adminStateAttribute, defineExtension, idAttribute, nameAttribute, projectAttribute, statusAttribute } from '../define-extension.ts';
import { fixedIps, toFixedIps } from '../fixed-ips.ts';
import { mac, orNull, string, uuid } from '../validators.ts';

export const port: ExtensionDeclaration = defineExtension({
  alias: 'port',
  name: 'Ports',
  description: 'Points where instances and routers attach to networks.',
  updated: '2012-01-01T10:00:00-00:00',
  core: true,
  resources: [
    {
      collection: 'ports',
      resource: 'port',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        tenant_id: projectAttribute,
        network_id: {
          type: 'string', allowPost: true, allowPut: false, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, requiredByPolicy: true,
          description: 'the network it attaches to',
        },
        admin_state_up: adminStateAttribute,
        status: statusAttribute,
        mac_address: {
          type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: mac, convertTo: toMac,
          isVisible: true, isFilter: true, isSortKey: true, enforcePolicy: true, description: 'chosen where not given',
        },
        fixed_ips: {
          type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(fixedIps), convertTo: toFixedIps,
          isVisible: true, isFilter: true, enforcePolicy: true, description: 'its addresses, as objects of ip_address and subnet_id; chosen where not given',
        },
        device_id: {
          type: 'string', allowPost: true, allowPut: true, default: '', validate: string(255), isVisible: true, isFilter: true, isSortKey: true, enforcePolicy: true,
          description: 'what uses it, e.g. an instance',
        },
        device_owner: {
          type: 'string', allowPost: true, allowPut: true, default: '', validate: string(255), isVisible: true, isFilter: true, isSortKey: true, enforcePolicy: true,
          description: 'the kind of what uses it, e.g. compute:nova',
        },
      },
    },
  ],
});
