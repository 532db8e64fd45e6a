import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const pagination: ExtensionDeclaration = defineExtension({
  alias: 'pagination',
  name: 'Pagination support',
  description: 'Lists in pages.',
  updated: '2016-06-12T00:00:00-00:00',
});
