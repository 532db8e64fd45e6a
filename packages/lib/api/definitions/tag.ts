import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

/** What clients of the Newton release look for; `standard-attr-tag` says the same of more resources. */
export const tag: ExtensionDeclaration = defineExtension({
  alias: 'tag',
  name: 'Tag support',
  description: 'Networks can be tagged.',
  updated: '2016-01-01T00:00:00-00:00',
  requires: ['standard-attr-tag'],
});
