import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const quotaCheckLimit: ExtensionDeclaration = defineExtension({
  alias: 'quota-check-limit',
  name: 'Quota engine limit check',
  description: 'On request, limits below what is used are refused.',
  updated: '2021-09-08T16:00:00-00:00',
});
