import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const l3PortIpChangeNotAllowed: ExtensionDeclaration = defineExtension({
  alias: 'l3-port-ip-change-not-allowed',
  name: 'Prevent L3 router ports IP address change extension',
  description: 'The addresses of a router\'s interfaces stay what they are.',
  updated: '2018-10-09T10:00:00-00:00',
  requires: ['router'],
});
