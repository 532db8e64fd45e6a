import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const exposePortForwardingInFip: ExtensionDeclaration = defineExtension({
  alias: 'expose-port-forwarding-in-fip',
  name: 'Expose Floating IP port forwardings',
  description: 'Floating IPs show their port forwardings.',
  updated: '2018-06-28T16:00:00-00:00',
  requires: ['router', 'floating-ip-port-forwarding'],
  extends: { floatingips: { port_forwardings: readOnly('array', 'its port forwardings', { default: null }) } },
});
