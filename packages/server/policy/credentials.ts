import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';

/** The caller in oslo.context's words, for rules to compare with. */
export function credentialsOf(context: RequestContext): JsonObject {
  const known = context.credentials ?? made.get(context);
  if (known !== undefined) return known;
  const credentials: JsonObject = {
    user_id: context.userId ?? null,
    user_domain_id: context.userDomainId ?? null,
    system_scope: context.systemScope ?? null,
    system: context.systemScope ?? null,
    domain_id: context.domainId ?? null,
    project_id: context.projectId ?? null,
    tenant_id: context.projectId ?? null,
    project_domain_id: context.projectDomainId ?? null,
    roles: context.roles,
    is_admin: context.isAdmin,
    is_admin_project: true,
  };
  made.set(context, credentials);
  return credentials;
}

const made = new WeakMap<RequestContext, JsonObject>();
