import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const sortKeyValidation: ExtensionDeclaration = defineExtension({
  alias: 'sort-key-validation',
  name: 'Sort keys validation',
  description: 'Sort keys that cannot be sorted by are refused.',
  updated: '2018-07-04T10:00:00-00:00',
  requires: ['sorting'],
});
