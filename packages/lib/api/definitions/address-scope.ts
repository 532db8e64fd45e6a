import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { toBoolean, toInteger } from '../converters.ts';
import { defineExtension, idAttribute, nameAttribute, projectAttribute, readOnly } from '../define-extension.ts';
import { boolean, oneOf, orNull, uuid } from '../validators.ts';

export const addressScope: ExtensionDeclaration = defineExtension({
  alias: 'address-scope',
  name: 'Address scope',
  description: 'Where the prefixes of several subnet pools overlap nowhere.',
  updated: '2015-07-26T10:00:00-00:00',
  resources: [
    {
      collection: 'address_scopes',
      resource: 'address_scope',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        tenant_id: projectAttribute,
        shared: {
          type: 'boolean', allowPost: true, allowPut: true, default: false, validate: boolean, convertTo: toBoolean,
          isVisible: true, isFilter: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether every project may use it',
        },
        ip_version: {
          type: 'integer', allowPost: true, allowPut: false, validate: oneOf([4, 6]), convertTo: toInteger, isVisible: true, isFilter: true, isSortKey: true, description: '4 or 6',
        },
      },
    },
  ],
  extends: {
    subnetpools: {
      address_scope_id: {
        type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(uuid), isVisible: true, isFilter: true, isSortKey: true,
        description: 'the address scope it belongs to',
      },
    },
    networks: {
      ipv4_address_scope: readOnly('string', 'the address scope of the pool of its IPv4 subnets'),
      ipv6_address_scope: readOnly('string', 'the address scope of the pool of its IPv6 subnets'),
    },
  },
});
