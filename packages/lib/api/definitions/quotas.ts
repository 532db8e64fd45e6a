import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding } from '../routes.ts';

const limits = { type: 'object', description: 'A limit for each kind of object; -1 is none.', additionalProperties: { type: ['integer', 'string'] } } as const;
const project = { type: 'string' } as const;

export const quotas: ExtensionDeclaration = defineExtension({
  alias: 'quotas',
  name: 'Quota management support',
  description: 'How many objects of a kind a project may have.',
  updated: '2012-07-29T10:00:00-00:00',
  routes: [
    { method: 'GET', path: '/quotas', operation: 'list_quotas', collection: 'quotas', summary: 'Projects whose limits are not the defaults', status: 200, answer: holding({ quotas: { type: 'array', items: limits } }) },
    // Whose limits are one's own: what clients ask before they know their project's id.
    { method: 'GET', path: '/quotas/tenant', operation: 'show_own_tenant', collection: 'quotas', summary: "The caller's project", status: 200, answer: holding({ tenant: holding({ tenant_id: project }) }) },
    { method: 'GET', path: '/quotas/project', operation: 'show_own_project', collection: 'quotas', summary: "The caller's project", status: 200, answer: holding({ project: holding({ project_id: project }) }) },
    { method: 'GET', path: '/quotas/{project_id}', operation: 'show_quota', collection: 'quotas', summary: 'The limits of a project', status: 200, answer: holding({ quota: limits }) },
    { method: 'GET', path: '/quotas/{project_id}/default', operation: 'show_default_quota', collection: 'quotas', summary: 'The limits of a project that has none of its own', status: 200, answer: holding({ quota: limits }) },
    { method: 'PUT', path: '/quotas/{project_id}', operation: 'update_quota', collection: 'quotas', summary: 'Set limits of a project', request: holding({ quota: { ...limits, additionalProperties: { type: 'integer', minimum: -1, maximum: 2_147_483_647 } } }), status: 200, answer: holding({ quota: limits }) },
    { method: 'DELETE', path: '/quotas/{project_id}', operation: 'delete_quota', collection: 'quotas', summary: 'Give a project the default limits again', status: 204 },
  ],
});
