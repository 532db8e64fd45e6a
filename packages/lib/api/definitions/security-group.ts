import { InvalidCIDR, SecurityGroupInvalidPortValue } from '../../exceptions/security-group.ts';
import { NeutronError } from '../../exceptions/neutron-error.ts';
import { parseCidr } from '../../net/cidr.ts';
import { canonicalIp } from '../../net/ip.ts';
import { ATTR_NOT_SPECIFIED, type Converter, type ExtensionDeclaration } from '../attribute.ts';
import { nullToEmptyList, show, toEthertype } from '../converters.ts';
import { defineExtension, idAttribute, nameAttribute, projectAttribute, readOnly } from '../define-extension.ts';
import { listOf, oneOf, orNull, string, uuid } from '../validators.ts';

const toPort: Converter = (value) => {
  if (value === null) return null;
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new NeutronError(SecurityGroupInvalidPortValue, { port: show(value) });
};

/** ADDRESS/LENGTH with the host bits that were given: `normalized_cidr` shows it without. */
const toIpPrefix: Converter = (value) => {
  if (value === null || value === '') return null;
  const cidr = typeof value === 'string' ? parseCidr(value) : undefined;
  if (typeof value !== 'string' || cidr === undefined) throw new NeutronError(InvalidCIDR, { input: show(value) });
  return `${canonicalIp(value.split('/')[0] ?? '') ?? ''}/${cidr.prefixLength}`;
};

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
        // Unlike other names it may begin and end with blanks.
        name: { ...nameAttribute, validate: string(255) },
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
          type: 'string', allowPost: true, allowPut: false, validate: string(36), isVisible: true, isFilter: true, isSortKey: true, requiredByPolicy: true,
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
          type: 'string', allowPost: true, allowPut: false, default: null, convertTo: (value) => (value === null ? null : show(value).toLowerCase()),
          isVisible: true, isFilter: true, isSortKey: true, description: 'name or number; null for any',
        },
        port_range_min: {
          type: 'integer', allowPost: true, allowPut: false, default: null, convertTo: toPort, isVisible: true, isFilter: true, isSortKey: true, description: 'the first port, or the ICMP type',
        },
        port_range_max: {
          type: 'integer', allowPost: true, allowPut: false, default: null, convertTo: toPort, isVisible: true, isFilter: true, isSortKey: true, description: 'the last port, or the ICMP code',
        },
        remote_ip_prefix: {
          type: 'string', allowPost: true, allowPut: false, default: null, convertTo: toIpPrefix,
          isVisible: true, isFilter: true, isSortKey: true, description: 'addresses of the other end',
        },
        remote_group_id: {
          type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(string(36)), isVisible: true, isFilter: true, isSortKey: true,
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
