import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const portMacOverride: ExtensionDeclaration = defineExtension({
  alias: 'port-mac-override',
  name: 'Neutron Port MAC address override',
  description: 'A port of a physical function takes the MAC address of its device from binding:profile.',
  updated: '2022-03-18T10:00:00-00:00',
});
