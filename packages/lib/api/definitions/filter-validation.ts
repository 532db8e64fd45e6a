import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const filterValidation: ExtensionDeclaration = defineExtension({
  alias: 'filter-validation',
  name: 'Filter parameters validation',
  description: 'Filters that do not exist are refused.',
  updated: '2018-07-04T10:00:00-00:00',
});
