import { type IdentityService, openIdentityService, type IdentityServiceOptions } from '@neutrino/allinone/identity/identity-service';
import type { JsonObject } from '@neutrino/lib/json';
import { createLogger } from '@neutrino/runtime/log/logger';

/** An identity service on a free port, with its log in identity.log in the state directory. */
export async function startIdentity(stateDirectory: string, options: Partial<IdentityServiceOptions> = {}): Promise<IdentityService> {
  const service = await openIdentityService({ stateDirectory, log: createLogger({ program: 'identity', logDir: stateDirectory, debug: true }), port: 0, networkUrl: 'http://127.0.0.1:9696', ...options });
  await service.listen();
  return service;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

export async function call(url: string, method: string, path: string, options: { readonly token?: string; readonly subject?: string; readonly body?: unknown; readonly raw?: string | Uint8Array<ArrayBuffer>; readonly type?: string } = {}): Promise<Answer> {
  const { token, subject, body, raw, type } = options;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(payload !== undefined && { 'Content-Type': type ?? 'application/json' }),
      ...(token !== undefined && { 'X-Auth-Token': token }),
      ...(subject !== undefined && { 'X-Subject-Token': subject }),
    },
    ...(payload !== undefined && { body: payload }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : (JSON.parse(text) as JsonObject) };
}

/** The body of POST /v3/auth/tokens for a user of the domain Default. */
export function login(name: string, password: string, scope?: unknown): JsonObject {
  const user = { name, password, domain: { id: 'default' } };
  return { auth: { identity: { methods: ['password'], password: { user } }, ...(scope !== undefined && { scope: scope as JsonObject }) } };
}

export function projectScope(name: string): JsonObject {
  return { project: { name, domain: { id: 'default' } } };
}

/** Logs in and returns the token; throws where that fails. */
export async function tokenFor(url: string, name: string, password: string, project?: string): Promise<string> {
  const answer = await call(url, 'POST', '/v3/auth/tokens', { body: login(name, password, project === undefined ? undefined : projectScope(project)) });
  const token = answer.headers.get('x-subject-token');
  if (answer.status !== 201 || token === null) throw new Error(`log-in of ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return token;
}
