import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const sorting: ExtensionDeclaration = defineExtension({
  alias: 'sorting',
  name: 'Sorting support',
  description: 'Lists in an order.',
  updated: '2016-06-12T00:00:00-00:00',
});
