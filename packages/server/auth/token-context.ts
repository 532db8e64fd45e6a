import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import { credentialsOf } from '../policy/credentials.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { RequestIds } from './authenticator.ts';

/**
 * `token`: what is under "token" in the reply to GET /v3/auth/tokens
 * (https://docs.openstack.org/api-ref/identity/v3/#validate-and-show-information-for-token).
 * undefined where it is not of that form or, unless `allowExpired`, has expired.
 */
export function contextFromToken(policy: PolicyEngine, token: JsonObject, ids: RequestIds, { allowExpired = false } = {}): RequestContext | undefined {
  if (!allowExpired && !(expiryOf(token) > Date.now())) return undefined;
  const user = object(token['user']);
  const userId = text(user['id']);
  if (userId === undefined) return undefined;
  const project = object(token['project']);
  const roles = rolesOf(token);
  const context = {
    ...ids,
    userId,
    ...present('userName', text(user['name'])),
    ...present('userDomainId', text(object(user['domain'])['id'])),
    ...present('projectId', text(project['id'])),
    ...present('projectName', text(project['name'])),
    ...present('projectDomainId', text(object(project['domain'])['id'])),
    roles,
    isAdmin: false,
    isAdvsvc: false,
  };
  const credentials = credentialsOf(context);
  return Object.freeze({ ...context, isAdmin: policy.isAdmin(credentials), isAdvsvc: policy.isAdvsvc(credentials) });
}

/** Milliseconds since the epoch; NaN where the token does not say. */
export function expiryOf(token: JsonObject): number {
  return Date.parse(text(token['expires_at']) ?? '');
}

export function rolesOf(token: JsonObject): readonly string[] {
  return Array.isArray(token['roles']) ? token['roles'].map((role: Json) => text(object(role)['name'])).filter((name) => name !== undefined) : [];
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
