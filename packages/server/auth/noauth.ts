import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { Authenticator, RequestHeaders } from './authenticator.ts';
import { headerValue } from './authenticator.ts';
import { callerFromClaim, type Caller, type Claim } from './caller.ts';

/** The project of requests that name none, as in Neutron. */
const FAKE_PROJECT_ID = 'fake_project_id';
/** Callers that are remembered: what is worked out about one, policy's answers too, holds for all its requests. */
const MOST_CALLERS = 1000;

/**
 * `auth_strategy = noauth`: believes X-User-Id, X-Project-Id (or X-Tenant-Id), X-Roles and their names. A
 * request that names no roles is an admin's. For trusted networks and tests only.
 */
export function createNoauthAuthenticator({ policy }: { readonly policy: PolicyEngine }): Authenticator {
  const callers = new Map<string, Caller>();
  let generation = policy.generation;
  const callerOf = (headers: RequestHeaders): Caller => {
    if (policy.generation !== generation || callers.size >= MOST_CALLERS) callers.clear();
    generation = policy.generation;
    const claim = claimOf(headers);
    const key = JSON.stringify(claim);
    const caller = callers.get(key) ?? callerFromClaim(policy, claim);
    callers.set(key, caller);
    return caller;
  };
  return (headers, ids) => Promise.resolve(Object.freeze({ ...callerOf(headers), ...ids }));
}

function claimOf(headers: RequestHeaders): Claim {
  const given = (field: string, ...names: readonly string[]): object => {
    const value = names.map((name) => headerValue(headers, name)).find((found) => found !== undefined);
    return value === undefined ? {} : { [field]: value };
  };
  const roles = headerValue(headers, 'x-roles') ?? headerValue(headers, 'x-role');
  return {
    ...given('userId', 'x-user-id', 'x-user'),
    ...given('userName', 'x-user-name'),
    ...given('userDomainId', 'x-user-domain-id'),
    projectId: FAKE_PROJECT_ID,
    ...given('projectId', 'x-project-id', 'x-tenant-id'),
    ...given('projectName', 'x-project-name', 'x-tenant-name'),
    ...given('projectDomainId', 'x-project-domain-id'),
    roles: roles?.split(',').map((role) => role.trim()).filter((role) => role !== '') ?? ['admin', 'member', 'reader'],
  };
}
