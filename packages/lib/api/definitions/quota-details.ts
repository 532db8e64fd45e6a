import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const quotaDetails: ExtensionDeclaration = defineExtension({
  alias: 'quota_details',
  name: 'Quota details management support',
  description: 'How many of them it has.',
  updated: '2017-02-10T10:00:00-00:00',
  requires: ['quotas'],
});
