import type { Attribute, ExtensionDeclaration } from '../attribute.ts';
import { toInteger, toIp, toPortProtocol } from '../converters.ts';
import { defineExtension, idAttribute, projectAttribute } from '../define-extension.ts';
import { integer, ipAddress, oneOf, uuid } from '../validators.ts';
import { forwardedProtocols } from '../../net/ip-protocol.ts';

const port: Attribute = { type: 'integer', allowPost: true, allowPut: true, validate: integer(1, 65_535), convertTo: toInteger, isVisible: true };

export const floatingIpPortForwarding: ExtensionDeclaration = defineExtension({
  alias: 'floating-ip-port-forwarding',
  name: 'Floating IP Port Forwarding',
  description: 'Ports of a floating IP, each leading to a port of an address inside.',
  updated: '2018-01-19T10:00:00-00:00',
  requires: ['router'],
  resources: [
    {
      collection: 'port_forwardings',
      resource: 'port_forwarding',
      parent: { collection: 'floatingips', resource: 'floatingip' },
      attributes: {
        id: idAttribute,
        tenant_id: { ...projectAttribute, isVisible: false, isFilter: false, isSortKey: false },
        external_port: { ...port, isFilter: true, isSortKey: true, description: 'the port outside; null for several' },
        internal_port: { ...port, description: 'the port inside; null for several' },
        internal_ip_address: { type: 'string', allowPost: true, allowPut: true, validate: ipAddress, convertTo: toIp, isVisible: true, description: 'the IPv4 address inside' },
        protocol: {
          type: 'string', allowPost: true, allowPut: true, validate: oneOf(forwardedProtocols), convertTo: toPortProtocol, isVisible: true, isFilter: true, isSortKey: true,
          description: 'tcp, udp, sctp or dccp',
        },
        internal_port_id: { type: 'string', allowPost: true, allowPut: true, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, description: 'the network port that has that address' },
      },
    },
  ],
});
