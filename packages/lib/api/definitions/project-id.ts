import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const projectId: ExtensionDeclaration = defineExtension({
  alias: 'project-id',
  name: 'project_id field enabled',
  description: 'The owner is shown as project_id beside tenant_id.',
  updated: '2016-09-09T09:09:09-09:09',
});
