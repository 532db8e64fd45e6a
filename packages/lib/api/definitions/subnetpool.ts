import { ATTR_NOT_SPECIFIED, type Attribute, type ExtensionDeclaration } from '../attribute.ts';
import { toBoolean, toInteger } from '../converters.ts';
import { defineExtension, idAttribute, projectAttribute, readOnly } from '../define-extension.ts';
import { allOf, boolean, line, listOf, nameString, nonNegative, subnet as subnetCidr } from '../validators.ts';

/** Numbers that answers give as text, as they have always done. */
const prefixLength: Attribute = {
  type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: nonNegative, convertTo: toInteger, isVisible: true, isFilter: true, isSortKey: true,
};

export const subnetpool: ExtensionDeclaration = defineExtension({
  alias: 'subnetpool',
  name: 'Subnet pools',
  description: 'Prefixes that subnets are taken from.',
  updated: '2012-01-01T10:00:00-00:00',
  core: true,
  resources: [
    {
      collection: 'subnetpools',
      resource: 'subnetpool',
      attributes: {
        id: idAttribute,
        name: {
          type: 'string', allowPost: true, allowPut: true, validate: allOf(line(255), nameString(255)), isVisible: true, isFilter: true, isSortKey: true,
          description: 'a name, which need not be unique',
        },
        tenant_id: projectAttribute,
        prefixes: {
          type: 'array', allowPost: true, allowPut: true, validate: listOf(subnetCidr, { unique: true }), isVisible: true,
          description: 'what subnets are taken from; an update may only add to it',
        },
        default_quota: {
          type: 'integer', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: nonNegative, convertTo: toInteger, isVisible: true, isFilter: true, isSortKey: true,
          description: 'how much of it one project may have: addresses in IPv4, /64 prefixes in IPv6',
        },
        ip_version: readOnly('integer', '4 or 6', { isFilter: true, isSortKey: true }),
        default_prefixlen: { ...prefixLength, description: 'the prefix length of subnets that do not say' },
        min_prefixlen: { ...prefixLength, description: 'the prefix length of the largest subnet' },
        max_prefixlen: { ...prefixLength, description: 'the prefix length of the smallest subnet' },
        is_default: {
          type: 'boolean', allowPost: true, allowPut: true, default: false, validate: boolean, convertTo: toBoolean,
          isVisible: true, isFilter: true, isSortKey: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether it is the one that subnets use by default',
        },
        shared: {
          type: 'boolean', allowPost: true, allowPut: false, default: false, validate: boolean, convertTo: toBoolean,
          isVisible: true, isFilter: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether every project may use it',
        },
      },
    },
  ],
});
