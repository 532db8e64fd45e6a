import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import { credentialsOf } from '../policy/credentials.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { RequestIds } from './authenticator.ts';

/** Who asks, as far as it is the same in all requests with one token. */
export type Caller = Omit<RequestContext, 'requestId' | 'globalRequestId'> & { readonly credentials: JsonObject };

/**
 * `token`: what is under "token" in the reply to GET /v3/auth/tokens
 * (https://docs.openstack.org/api-ref/identity/v3/#validate-and-show-information-for-token).
 * `service`: the same of the service that sends the request for the user. undefined where it is not of that form.
 */
export function callerFromToken(policy: PolicyEngine, token: JsonObject, service?: JsonObject): Caller | undefined {
  const identity = identityIn(token);
  if (identity === undefined) return undefined;
  const { system_scope: systemScope, domain_id: domainId } = scopeIn(token);
  const claim = { ...identity, ...present('systemScope', systemScope), ...present('domainId', domainId), roles: rolesOf(token) };
  return callerFromClaim(policy, claim, { is_admin_project: token['is_admin_project'] !== false, ...(service !== undefined && serviceCredentials(service)) });
}

/** Who somebody says to be, before policy has said what that makes of them. */
export type Claim = Omit<Caller, 'isAdmin' | 'isAdvsvc' | 'credentials'>;

/** `further`: credentials besides those that every caller has. */
export function callerFromClaim(policy: PolicyEngine, claim: Claim, further: JsonObject = {}): Caller {
  const before: JsonObject = { ...credentialsOf({ requestId: '', ...claim, isAdmin: false, isAdvsvc: false }), ...further };
  const isAdmin = policy.isAdmin(before);
  const credentials: JsonObject = { ...before, is_admin: isAdmin };
  return Object.freeze({ ...claim, isAdmin, isAdvsvc: policy.isAdvsvc(credentials), credentials });
}

/** As callerFromToken, for one request; undefined also where the token has expired. */
export function contextFromToken(policy: PolicyEngine, token: JsonObject, ids: RequestIds): RequestContext | undefined {
  const caller = expiryOf(token) > Date.now() ? callerFromToken(policy, token) : undefined;
  return caller === undefined ? undefined : Object.freeze({ ...caller, ...ids });
}

/** Milliseconds since the epoch; NaN where the token does not say. */
export function expiryOf(token: JsonObject): number {
  return Date.parse(text(token['expires_at']) ?? '');
}

export function rolesOf(token: JsonObject): readonly string[] {
  return Array.isArray(token['roles']) ? token['roles'].map((role: Json) => text(object(role)['name'])).filter((name) => name !== undefined) : [];
}

function identityIn(token: JsonObject): Pick<RequestContext, 'userId' | 'userName' | 'userDomainId' | 'projectId' | 'projectName' | 'projectDomainId'> | undefined {
  const user = object(token['user']);
  const userId = text(user['id']);
  if (userId === undefined) return undefined;
  const project = object(token['project']);
  return {
    userId,
    ...present('userName', text(user['name'])),
    ...present('userDomainId', text(object(user['domain'])['id'])),
    ...present('projectId', text(project['id'])),
    ...present('projectName', text(project['name'])),
    ...present('projectDomainId', text(object(project['domain'])['id'])),
  };
}

function scopeIn(token: JsonObject): { readonly system_scope: string | undefined; readonly domain_id: string | undefined } {
  return { system_scope: object(token['system'])['all'] === true ? 'all' : undefined, domain_id: text(object(token['domain'])['id']) };
}

/** oslo.context's words for the service that speaks for the user. */
function serviceCredentials(service: JsonObject): JsonObject {
  const { userId = null, userDomainId = null, projectId = null, projectDomainId = null } = identityIn(service) ?? {};
  return {
    service_user_id: userId,
    service_user_domain_id: userDomainId,
    service_project_id: projectId,
    service_project_domain_id: projectDomainId,
    service_roles: rolesOf(service),
  };
}

function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function present<K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: string };
}
