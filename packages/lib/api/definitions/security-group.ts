import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { nullToEmptyList, toCidr, toEthertype, toIntegerOrNull } from '../converters.ts';
import { defineExtension, idAttribute, nameAttribute, projectAttribute, readOnly } from '../define-extension.ts';
import { integer, ipOrSubnet, listOf, oneOf, orNull, string, uuid } from '../validators.ts';

export const securityGroup: ExtensionDeclaration = defineExtension({
  alias: 'security-group',
  name: 'security-group',
  description: 'Which traffic ports let through.',
  updated: '2012-10-05T10:00:00-00:00',
  requires: ['standard-attr-description'],
  resources: [
    {
      collection: 'security_groups',
      resource: 'security_group',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        tenant_id: projectAttribute,
        security_group_rules: readOnly('array', 'its rules'),
      },
    },
    {
      collection: 'security_group_rules',
      resource: 'security_group_rule',
      operations: ['create', 'show', 'list', 'delete'],
      attributes: {
        id: idAttribute,
        tenant_id: projectAttribute,
        security_group_id: {
          type: 'string', allowPost: true, allowPut: false, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, requiredByPolicy: true,
          description: 'the group it belongs to',
        },
        direction: {
          type: 'string', allowPost: true, allowPut: false, validate: oneOf(['ingress', 'egress']), isVisible: true, isFilter: true, isSortKey: true,
          description: 'ingress or egress, as the port sees it',
        },
        ethertype: {
          type: 'string', allowPost: true, allowPut: false, default: 'IPv4', validate: (value) => oneOf(['IPv4', 'IPv6'])(toEthertype(value)), convertTo: toEthertype,
          isVisible: true, isFilter: true, isSortKey: true, description: 'IPv4 or IPv6',
        },
        protocol: {
          type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull((value) => (typeof value === 'number' ? integer(0, 255)(value) : string(40)(value))),
          convertTo: (value) => (value === null ? null : String(value).toLowerCase()),
          isVisible: true, isFilter: true, isSortKey: true, description: 'name or number; null for any',
        },
        port_range_min: {
          type: 'integer', allowPost: true, allowPut: false, default: null, validate: orNull(integer(-1, 65_535)), convertTo: toIntegerOrNull,
          isVisible: true, isFilter: true, isSortKey: true, description: 'the first port, or the ICMP type',
        },
        port_range_max: {
          type: 'integer', allowPost: true, allowPut: false, default: null, validate: orNull(integer(-1, 65_535)), convertTo: toIntegerOrNull,
          isVisible: true, isFilter: true, isSortKey: true, description: 'the last port, or the ICMP code',
        },
        remote_ip_prefix: {
          type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(ipOrSubnet), convertTo: (value) => toCidr(value),
          isVisible: true, isFilter: true, isSortKey: true, description: 'addresses of the other end',
        },
        remote_group_id: {
          type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(uuid), isVisible: true, isFilter: true, isSortKey: true,
          description: 'the group of the other end',
        },
      },
    },
  ],
  extends: {
    ports: {
      security_groups: {
        type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(listOf(uuid, { unique: true })), convertTo: nullToEmptyList,
        isVisible: true, isFilter: true, description: 'ids of its security groups; the default one where not given',
      },
    },
  },
});
