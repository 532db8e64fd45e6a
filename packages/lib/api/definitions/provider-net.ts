import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { toIntegerOrNull } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { integer, orNull, string } from '../validators.ts';

export const providerNet: ExtensionDeclaration = defineExtension({
  alias: 'provider',
  name: 'Provider Network',
  description: 'How a network is realised on the wire.',
  updated: '2012-09-07T10:00:00-00:00',
  extends: {
    networks: {
      'provider:network_type': {
        type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(string(32)), isVisible: true, isFilter: true, enforcePolicy: true,
        description: 'flat, vlan, vxlan or local',
      },
      'provider:physical_network': {
        type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(string(64)), isVisible: true, isFilter: true, enforcePolicy: true,
        description: 'the physical network it is on',
      },
      'provider:segmentation_id': {
        type: 'integer', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(integer()), convertTo: toIntegerOrNull,
        isVisible: true, isFilter: true, enforcePolicy: true, description: 'its VLAN id or VNI',
      },
    },
  },
});
