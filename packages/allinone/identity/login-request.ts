import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import { badRequest, unauthorized } from './keystone-error.ts';

/** Something named by its id, or by name within a domain. */
export type Reference = { readonly id: string } | { readonly name: string; readonly domain: DomainReference };
export type DomainReference = { readonly id: string } | { readonly name: string };

export type Scope =
  | { readonly kind: 'project'; readonly project: Reference }
  | { readonly kind: 'domain'; readonly domain: DomainReference }
  | { readonly kind: 'unscoped' }
  /** Not said: the user's default project where there is one. */
  | { readonly kind: 'default' };

export interface LoginRequest {
  readonly password?: { readonly user: Reference; readonly password: string };
  readonly token?: string;
  readonly scope: Scope;
}

/**
 * Reads the body of POST /v3/auth/tokens
 * (https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management).
 * Throws KeystoneError: 400 where it is not of that form, 401 where it asks for what this service does not offer.
 */
export function parseLoginRequest(body: Json | undefined): LoginRequest {
  const auth = objectAt(body, 'auth', 'auth');
  const identity = objectAt(auth, 'identity', 'auth.identity');
  const methods = identity['methods'];
  if (!Array.isArray(methods) || methods.length === 0) throw badRequest('auth.identity.methods: expected a list with "password" or "token"');
  for (const method of methods) {
    if (method !== 'password' && method !== 'token') throw unauthorized('Attempted to authenticate with an unsupported method: this service knows "password" and "token".');
  }
  return {
    ...(methods.includes('password') && { password: parsePassword(objectAt(identity, 'password', 'auth.identity.password')) }),
    ...(methods.includes('token') && { token: textAt(objectAt(identity, 'token', 'auth.identity.token'), 'id', 'auth.identity.token') }),
    scope: parseScope(auth['scope']),
  };
}

function parsePassword(method: JsonObject): { readonly user: Reference; readonly password: string } {
  const user = objectAt(method, 'user', 'auth.identity.password.user');
  return { user: parseReference(user, 'auth.identity.password.user'), password: textAt(user, 'password', 'auth.identity.password.user') };
}

function parseScope(scope: Json | undefined): Scope {
  if (scope === undefined || scope === null) return { kind: 'default' };
  if (scope === 'unscoped') return { kind: 'unscoped' };
  if (!isJsonObject(scope)) throw badRequest('auth.scope: expected an object');
  const kinds = Object.keys(scope);
  if (kinds.length > 1) throw badRequest(`auth.scope: expected one scope, got ${kinds.join(', ')}`);
  if ('unscoped' in scope) return { kind: 'unscoped' };
  if ('project' in scope) return { kind: 'project', project: parseReference(objectAt(scope, 'project', 'auth.scope.project'), 'auth.scope.project') };
  if ('domain' in scope) return { kind: 'domain', domain: parseDomain(objectAt(scope, 'domain', 'auth.scope.domain'), 'auth.scope.domain') };
  throw unauthorized(`The scope "${kinds[0] ?? ''}" is not offered by this service: log in to a project or a domain.`);
}

function parseReference(value: JsonObject, path: string): Reference {
  if (typeof value['id'] === 'string') return { id: value['id'] };
  return { name: textAt(value, 'name', path), domain: parseDomain(objectAt(value, 'domain', `${path}.domain`), `${path}.domain`) };
}

function parseDomain(value: JsonObject, path: string): DomainReference {
  return typeof value['id'] === 'string' ? { id: value['id'] } : { name: textAt(value, 'name', path) };
}

function objectAt(value: Json | undefined, key: string, path: string): JsonObject {
  const found = isJsonObject(value) ? value[key] : undefined;
  if (!isJsonObject(found)) throw badRequest(`${path}: expected an object`);
  return found;
}

function textAt(value: JsonObject, key: string, path: string): string {
  const found = value[key];
  if (typeof found !== 'string') throw badRequest(`${path}.${key}: expected a text`);
  return found;
}
