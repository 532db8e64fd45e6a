import type { RequestContext } from '../context.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { Authenticator, RequestHeaders, RequestIds } from './authenticator.ts';
import { headerValue } from './authenticator.ts';

/** The project of requests that name none, as in Neutron. */
const FAKE_PROJECT_ID = 'fake_project_id';

/**
 * `auth_strategy = noauth`: believes X-User-Id, X-Project-Id (or X-Tenant-Id), X-Roles and their names. A
 * request that names no roles is an admin's. For trusted networks and tests only.
 */
export function createNoauthAuthenticator({ policy }: { readonly policy: PolicyEngine }): Authenticator {
  return (headers, ids) => Promise.resolve(contextFromHeaders(policy, headers, ids));
}

function contextFromHeaders(policy: PolicyEngine, headers: RequestHeaders, ids: RequestIds): RequestContext {
  const userId = headerValue(headers, 'x-user-id') ?? headerValue(headers, 'x-user');
  const userName = headerValue(headers, 'x-user-name');
  const userDomainId = headerValue(headers, 'x-user-domain-id');
  const projectId = headerValue(headers, 'x-project-id') ?? headerValue(headers, 'x-tenant-id') ?? FAKE_PROJECT_ID;
  const projectName = headerValue(headers, 'x-project-name') ?? headerValue(headers, 'x-tenant-name');
  const projectDomainId = headerValue(headers, 'x-project-domain-id');
  const named = headerValue(headers, 'x-roles') ?? headerValue(headers, 'x-role');
  const roles = named?.split(',').map((role) => role.trim()).filter((role) => role !== '') ?? ['admin', 'member', 'reader'];
  const credentials = { user_id: userId ?? null, project_id: projectId, tenant_id: projectId, roles };
  return Object.freeze({
    ...ids,
    ...(userId !== undefined && { userId }),
    ...(userName !== undefined && { userName }),
    ...(userDomainId !== undefined && { userDomainId }),
    projectId,
    ...(projectName !== undefined && { projectName }),
    ...(projectDomainId !== undefined && { projectDomainId }),
    roles,
    isAdmin: policy.isAdmin(credentials),
    isAdvsvc: policy.isAdvsvc(credentials),
  });
}
