import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration, type Validator } from '../attribute.ts';
import { isJsonObject, type Json } from '../../json.ts';
import { inEachObject, nullToEmptyList, show, toIp, toMac } from '../converters.ts';
import { adminStateAttribute, defineExtension, idAttribute, nameAttribute, projectAttribute, statusAttribute } from '../define-extension.ts';
import { allOf, ipAddress, listOf, mac, objectOf, orNull, string, uuid } from '../validators.ts';

/** An address is given once; a subnet may give several. */
const uniqueAddresses: Validator = (value) => {
  const addresses = Array.isArray(value) ? value.flatMap((item: Json) => (isJsonObject(item) && item['ip_address'] !== undefined ? [toIp(item['ip_address'])] : [])) : [];
  const repeated = addresses.find((address, index) => addresses.indexOf(address) < index);
  return repeated === undefined ? undefined : `Duplicate IP address '${show(repeated)}'`;
};
/** Each is an object. */
const listOfObjects: Validator = (value) => {
  const wrong = Array.isArray(value) ? value.find((item: Json) => !isJsonObject(item)) : value;
  return wrong === undefined ? undefined : `Invalid data format for fixed IP: '${show(wrong as Json)}'`;
};
const fixedIps: Validator = orNull(allOf(listOfObjects, listOf(objectOf({ ip_address: { validate: ipAddress }, subnet_id: { validate: uuid } })), uniqueAddresses));

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
          type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: fixedIps,
          convertTo: (value) => inEachObject({ ip_address: toIp })(nullToEmptyList(value)),
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
