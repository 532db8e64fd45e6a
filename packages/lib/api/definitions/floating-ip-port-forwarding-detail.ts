import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const floatingIpPortForwardingDetail: ExtensionDeclaration = defineExtension({
  alias: 'floating-ip-port-forwarding-detail',
  name: 'Floating IP port forwarding detail',
  description: 'Floating IPs name the ids of their port forwardings and the network ports that those lead to.',
  updated: '2022-05-06T10:00:00-00:00',
  requires: ['expose-port-forwarding-in-fip'],
});
