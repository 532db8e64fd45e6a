import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const emptyStringFiltering: ExtensionDeclaration = defineExtension({
  alias: 'empty-string-filtering',
  name: 'Empty String Filtering Extension',
  description: 'An empty filter value matches empty attributes.',
  updated: '2018-05-01T10:00:00-00:00',
});
