import type { Attribute, ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { integer, orNull, portRange } from '../validators.ts';

const port: Attribute = { type: 'integer', allowPost: true, allowPut: true, default: null, validate: orNull(integer(1, 65_535)), isVisible: true };
const ports: Attribute = { type: 'string', allowPost: true, allowPut: true, default: null, validate: orNull(portRange(1, 65_535)), isVisible: true };

export const floatingIpPortForwardingPortRanges: ExtensionDeclaration = defineExtension({
  alias: 'floating-ip-port-forwarding-port-ranges',
  name: 'Floating IP Port Forwarding support port ranges',
  description: 'Port forwardings of several ports.',
  updated: '2020-07-01T10:00:00-00:00',
  requires: ['floating-ip-port-forwarding'],
  extends: {
    'floatingips/port_forwardings': {
      external_port_range: { ...ports, isFilter: true, isSortKey: true, description: 'the first and the last port outside, as in 8000:8010' },
      internal_port_range: { ...ports, description: 'as many ports inside, or one' },
      external_port: { ...port, isFilter: true, isSortKey: true, description: 'the port outside; null for several' },
      internal_port: { ...port, description: 'the port inside; null for several' },
    },
  },
});
