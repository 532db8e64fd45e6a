import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const quotas: ExtensionDeclaration = defineExtension({
  alias: 'quotas',
  name: 'Quota management support',
  description: 'How many objects of a kind a project may have.',
  updated: '2012-07-29T10:00:00-00:00',
});
