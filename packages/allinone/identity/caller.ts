import type { JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { FastifyRequest } from 'fastify';
import { badRequest, forbidden, unauthorized } from './keystone-error.ts';
import type { TokenService, ValidToken } from './token-service.ts';

/** Who sent a request, by its X-Auth-Token. */
export interface Caller {
  readonly token: ValidToken;
  readonly userId: string;
  readonly userDomainId: string;
  readonly isAdmin: boolean;
  /** May validate others' tokens. */
  readonly isService: boolean;
}

/** Throws 401. */
export async function callerOf(tokens: TokenService, request: FastifyRequest): Promise<Caller> {
  const given = request.headers['x-auth-token'];
  const token = typeof given === 'string' ? await tokens.describe(given) : undefined;
  if (token === undefined) throw unauthorized();
  const user = token.body['user'];
  const domain = isJsonObject(user) ? user['domain'] : undefined;
  const roles = token.roles.map((role) => role.toLowerCase());
  return {
    token,
    userId: token.claims.userId,
    userDomainId: isJsonObject(domain) && typeof domain['id'] === 'string' ? domain['id'] : '',
    isAdmin: roles.includes('admin'),
    isService: roles.includes('service'),
  };
}

/** Throws 403. `action` as in Keystone, e.g. "identity:create_grant". */
export async function requireAdmin(tokens: TokenService, request: FastifyRequest, action: string): Promise<void> {
  if (!(await callerOf(tokens, request)).isAdmin) throw forbidden(action);
}

/** Where the client sees this service. */
export function baseUrl(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`;
}

/** What stands under `key` in the body. Throws 400. */
export function bodyUnder(request: FastifyRequest, key: string): JsonObject {
  const body: unknown = request.body;
  const found = isJsonObject(body) ? body[key] : undefined;
  if (!isJsonObject(found)) throw badRequest(`'${key}' is a required property`);
  return found;
}

/** The last value of each parameter of the query string. */
export function queryOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(request.url, 'http://localhost').searchParams);
}

/** A parameter of the path that the route declares. */
export function pathParameter(request: FastifyRequest, name: string): string {
  const parameters: unknown = request.params;
  const value = isJsonObject(parameters) ? parameters[name] : undefined;
  return typeof value === 'string' ? value : '';
}
