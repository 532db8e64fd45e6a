import type { ExtensionDeclaration } from '../attribute.ts';
import { ATTR_NOT_SPECIFIED } from '../attribute.ts';
import { toMac } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { mac, orNull } from '../validators.ts';

export const portMacAddressRegenerate: ExtensionDeclaration = defineExtension({
  alias: 'port-mac-address-regenerate',
  name: 'Neutron Port MAC address regenerate',
  description: 'A port can be given another MAC address of the server\'s choice.',
  updated: '2018-05-03T10:00:00-00:00',
  extends: {
    ports: {
      mac_address: {
        type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(mac), convertTo: toMac,
        isVisible: true, isFilter: true, isSortKey: true, enforcePolicy: true, description: 'chosen where not given; null for another one',
      },
    },
  },
});
