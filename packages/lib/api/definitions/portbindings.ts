import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { nullToEmptyObject } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { object, oneOf, orNull, string } from '../validators.ts';

/** Kinds of device that clients may ask for; drivers bind those that they can. */
export const VNIC_TYPES = [
  'normal', 'direct', 'macvtap', 'baremetal', 'direct-physical', 'virtio-forwarder', 'smart-nic', 'vdpa', 'accelerator-direct', 'accelerator-direct-physical', 'remote-managed',
] as const;

export const portbindings: ExtensionDeclaration = defineExtension({
  alias: 'binding',
  name: 'Port Binding',
  description: 'Where, and by what kind of device, a port is attached.',
  updated: '2014-02-03T10:00:00-00:00',
  extends: {
    ports: {
      'binding:host_id': {
        type: 'string', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(string(255)), isVisible: true, isFilter: true, enforcePolicy: true,
        description: 'the host on which it is attached',
      },
      'binding:profile': {
        type: 'object', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(object), convertTo: nullToEmptyObject, isVisible: true, enforcePolicy: true,
        description: 'what the host is told about the device',
      },
      'binding:vif_details': {
        type: 'object', allowPost: false, allowPut: false, default: ATTR_NOT_SPECIFIED, isVisible: true, enforcePolicy: true, description: 'how it is attached',
      },
      'binding:vif_type': {
        type: 'string', allowPost: false, allowPut: false, default: ATTR_NOT_SPECIFIED, isVisible: true, enforcePolicy: true,
        description: 'what it is attached to: bridge, unbound, binding_failed',
      },
      'binding:vnic_type': {
        type: 'string', allowPost: true, allowPut: true, default: 'normal', validate: oneOf(VNIC_TYPES), isVisible: true, isFilter: true, enforcePolicy: true,
        description: 'the kind of device wanted',
      },
    },
  },
});
