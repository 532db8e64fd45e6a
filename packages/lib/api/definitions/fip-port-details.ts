import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const fipPortDetails: ExtensionDeclaration = defineExtension({
  alias: 'fip-port-details',
  name: 'Floating IP Port Details Extension',
  description: 'What the port is that a floating IP leads to.',
  updated: '2018-04-09T10:00:00-00:00',
  requires: ['router'],
  extends: {
    floatingips: { port_details: readOnly('object', 'name, network_id, mac_address, admin_state_up, status, device_id and device_owner of its port; null without one', { default: ATTR_NOT_SPECIFIED }) },
  },
});
