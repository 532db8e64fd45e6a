import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding } from '../routes.ts';

const count = { type: 'integer' } as const;

export const quotaDetails: ExtensionDeclaration = defineExtension({
  alias: 'quota_details',
  name: 'Quota details management support',
  description: 'How many of them it has.',
  updated: '2017-02-10T10:00:00-00:00',
  requires: ['quotas'],
  routes: [
    {
      method: 'GET', path: '/quotas/{project_id}/details', operation: 'show_quota_details', collection: 'quotas', summary: 'The limits of a project, and how much of them is used', status: 200,
      answer: holding({ quota: { type: 'object', additionalProperties: holding({ limit: count, used: count, reserved: count }) } }),
    },
  ],
});
