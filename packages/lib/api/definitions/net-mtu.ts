import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const netMtu: ExtensionDeclaration = defineExtension({
  alias: 'net-mtu',
  name: 'Network MTU',
  description: 'The largest packet that a network carries.',
  updated: '2015-03-25T10:00:00-00:00',
  extends: { networks: { mtu: readOnly('integer', 'bytes', { isFilter: true, isSortKey: true }) } },
});
