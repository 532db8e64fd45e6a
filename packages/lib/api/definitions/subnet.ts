import { ATTR_NOT_SPECIFIED, type Attribute, type ExtensionDeclaration, type Validator } from '../attribute.ts';
import { inEachObject, nullToEmptyList, toBoolean, toCidr, toInteger, toIp } from '../converters.ts';
import { defineExtension, idAttribute, nameAttribute, projectAttribute } from '../define-extension.ts';
import { hostRoutes } from '../host-routes.ts';
import { boolean, ipAddress, listOf, nonNegative, objectOf, oneOf, orNull, subnet as subnetCidr, uuid } from '../validators.ts';

const IPV6_MODES = ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac'] as const;

/** In place of a pool's id: a router is to ask for the prefix (RFC 8415, 6.3). */
export const PREFIX_DELEGATION = 'prefix_delegation';

const pool: Validator = objectOf({ start: { validate: ipAddress, required: true }, end: { validate: ipAddress, required: true } });

const ipv6Mode: Attribute = {
  type: 'string', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, validate: orNull(oneOf(IPV6_MODES)), isVisible: true, isFilter: true, isSortKey: true,
};

export const subnet: ExtensionDeclaration = defineExtension({
  alias: 'subnet',
  name: 'Subnets',
  description: 'Pools of addresses that belong to a network.',
  updated: '2012-01-01T10:00:00-00:00',
  core: true,
  resources: [
    {
      collection: 'subnets',
      resource: 'subnet',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        tenant_id: projectAttribute,
        network_id: {
          type: 'string', allowPost: true, allowPut: false, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, requiredByPolicy: true,
          description: 'the network it belongs to',
        },
        ip_version: {
          type: 'integer', allowPost: true, allowPut: false, validate: oneOf([4, 6]), convertTo: toInteger, isVisible: true, isFilter: true, isSortKey: true,
          description: '4 or 6',
        },
        cidr: {
          type: 'string', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, validate: orNull(subnetCidr), convertTo: toCidr,
          isVisible: true, isFilter: true, isSortKey: true, description: 'its prefix, e.g. 10.0.0.0/24',
        },
        subnetpool_id: {
          type: 'string', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, validate: (value) => (value === PREFIX_DELEGATION ? undefined : orNull(uuid)(value)),
          isVisible: true, isFilter: true, isSortKey: true, description: 'the subnet pool its prefix was taken from, or prefix_delegation',
        },
        prefixlen: {
          type: 'integer', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, validate: nonNegative, convertTo: toInteger, isVisible: false,
          description: 'the length of the prefix to take from the pool',
        },
        gateway_ip: {
          type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(ipAddress), convertTo: toIp,
          isVisible: true, isFilter: true, isSortKey: true, description: 'the address routers use; null for none',
        },
        allocation_pools: {
          type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(listOf(pool)),
          convertTo: (value) => inEachObject({ start: toIp, end: toIp })(nullToEmptyList(value)), isVisible: true, description: 'ranges that ports get addresses from',
        },
        dns_nameservers: {
          type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(listOf(ipAddress, { unique: true })),
          convertTo: nullToEmptyList, isVisible: true, description: 'DNS servers that DHCP announces, in order',
        },
        host_routes: {
          type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(hostRoutes),
          convertTo: nullToEmptyList, isVisible: true, description: 'routes that DHCP announces',
        },
        enable_dhcp: {
          type: 'boolean', allowPost: true, allowPut: true, default: true, validate: boolean, convertTo: toBoolean,
          isVisible: true, isFilter: true, isSortKey: true, description: 'whether DHCP serves it',
        },
        ipv6_ra_mode: { ...ipv6Mode, description: 'who sends router advertisements, and of what kind' },
        ipv6_address_mode: { ...ipv6Mode, description: 'how instances get their addresses' },
        shared: {
          type: 'boolean', allowPost: false, allowPut: false, default: false, validate: boolean, convertTo: toBoolean,
          isVisible: false, isFilter: true, requiredByPolicy: true, enforcePolicy: true,
        },
      },
    },
  ],
});
