import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { nullToEmptyList, toBoolean } from '../converters.ts';
import { defineExtension, idAttribute, nameAttribute, projectAttribute } from '../define-extension.ts';
import { holding, oneOfResource } from '../routes.ts';
import { listOf, orNull, string, subnet } from '../validators.ts';

const addresses = holding({ addresses: { type: 'array', items: { type: 'string' } } });
const group = oneOfResource('address_group');

export const addressGroup: ExtensionDeclaration = defineExtension({
  alias: 'address-group',
  name: 'Address group',
  description: 'Addresses that security group rules name together.',
  updated: '2020-07-15T10:00:00-00:00',
  requires: ['security-group'],
  resources: [
    {
      collection: 'address_groups',
      resource: 'address_group',
      attributes: {
        id: idAttribute,
        name: { ...nameAttribute, validate: string(255) },
        description: {
          type: 'string', allowPost: true, allowPut: true, default: '', validate: string(255), isVisible: true, isFilter: true, isSortKey: true,
          description: 'for people to read',
        },
        tenant_id: projectAttribute,
        addresses: {
          type: 'array', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, validate: orNull(listOf(subnet, { unique: true, maximum: 10_000 })), convertTo: nullToEmptyList,
          isVisible: true, description: 'its prefixes, a single address as one of full length',
        },
        shared: { type: 'boolean', allowPost: false, allowPut: false, default: false, convertTo: toBoolean, isVisible: false, description: 'whether it may be used because somebody shares it' },
      },
    },
  ],
  routes: [
    {
      method: 'PUT', path: '/address-groups/{id}/add_addresses', operation: 'add_address_group_addresses', collection: 'address_groups',
      summary: 'Add addresses to a group', request: addresses, status: 200, answer: group,
    },
    {
      method: 'PUT', path: '/address-groups/{id}/remove_addresses', operation: 'remove_address_group_addresses', collection: 'address_groups',
      summary: 'Take addresses out of a group', request: addresses, status: 200, answer: group,
    },
  ],
});
