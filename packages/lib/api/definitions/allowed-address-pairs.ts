import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { inEachObject, nullToEmptyList, toMac } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { listOf, mac, objectOf, orNull, unicastIpOrSubnet } from '../validators.ts';

export const allowedAddressPairs: ExtensionDeclaration = defineExtension({
  alias: 'allowed-address-pairs',
  name: 'Allowed Address Pairs',
  description: 'Addresses besides its own that a port may use.',
  updated: '2013-07-23T10:00:00-00:00',
  extends: {
    ports: {
      allowed_address_pairs: {
        type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED,
        validate: orNull(listOf(objectOf({ ip_address: { validate: unicastIpOrSubnet, required: true }, mac_address: { validate: orNull(mac) } }))),
        convertTo: (value) => inEachObject({ mac_address: toMac })(nullToEmptyList(value)),
        isVisible: true, enforcePolicy: true, description: 'objects of ip_address (or prefix) and mac_address',
      },
    },
  },
});
