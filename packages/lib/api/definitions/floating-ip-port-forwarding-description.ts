import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { string } from '../validators.ts';

export const floatingIpPortForwardingDescription: ExtensionDeclaration = defineExtension({
  alias: 'floating-ip-port-forwarding-description',
  name: 'Floating IP Port Forwarding new attribute description',
  description: 'What a port forwarding is for, in words.',
  updated: '2019-11-01T10:00:00-00:00',
  requires: ['floating-ip-port-forwarding'],
  extends: {
    'floatingips/port_forwardings': {
      description: { type: 'string', allowPost: true, allowPut: true, default: '', validate: string(1024), isVisible: true, isFilter: true, description: 'what it is for' },
    },
  },
});
