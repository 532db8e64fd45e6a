import { toAddressPairs } from '../address-pairs.ts';
import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const allowedAddressPairs: ExtensionDeclaration = defineExtension({
  alias: 'allowed-address-pairs',
  name: 'Allowed Address Pairs',
  description: 'Addresses besides its own that a port may use.',
  updated: '2013-07-23T10:00:00-00:00',
  extends: {
    ports: {
      allowed_address_pairs: {
        type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, convertTo: toAddressPairs,
        isVisible: true, enforcePolicy: true, description: 'objects of ip_address (or prefix) and mac_address',
      },
    },
  },
});
