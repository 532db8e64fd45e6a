import type { Json } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrl, type Caller, callerOf, queryOf } from './caller.ts';
import { forbidden, notFound } from './keystone-error.ts';
import { parseLoginRequest } from './login-request.ts';
import type { TokenService, ValidToken } from './token-service.ts';

/** /v3/auth/tokens and /v3/auth/catalog. */
export function registerTokenRoutes(app: FastifyInstance, tokens: TokenService): void {
  const describe = async (request: FastifyRequest, token: ValidToken): Promise<Json> => {
    const withCatalog = token.roles.length > 0 && !('nocatalog' in queryOf(request));
    return { token: withCatalog ? { ...token.body, catalog: await tokens.catalog(token) } : token.body };
  };

  app.post('/v3/auth/tokens', async (request, reply) => {
    const issued = await tokens.logIn(parseLoginRequest(request.body as Json | undefined));
    const token = await tokens.describe(issued);
    if (token === undefined) throw notFound('token', 'void as soon as it was made');
    return reply.code(201).headers({ 'X-Subject-Token': issued, Vary: 'X-Auth-Token' }).send(await describe(request, token));
  });

  app.get('/v3/auth/tokens', async (request, reply) => {
    const { subject, text } = await subjectOf(tokens, request, 'identity:validate_token', (caller) => caller.isService);
    return reply.headers({ 'X-Subject-Token': text, Vary: 'X-Auth-Token' }).send(await describe(request, subject));
  });

  app.delete('/v3/auth/tokens', async (request, reply) => {
    const { subject } = await subjectOf(tokens, request, 'identity:revoke_token', () => false);
    await tokens.revoke(subject);
    return reply.code(204).send();
  });

  app.get('/v3/auth/catalog', async (request) => {
    const { token } = await callerOf(tokens, request);
    if (token.roles.length === 0) throw forbidden('identity:get_auth_catalog');
    return { catalog: await tokens.catalog(token), links: { self: `${baseUrl(request)}/v3/auth/catalog`, next: null, previous: null } };
  });
}

/** The token that a request is about. Admins may ask about any, everyone about their own. */
async function subjectOf(tokens: TokenService, request: FastifyRequest, action: string, allowed: (caller: Caller) => boolean): Promise<{ readonly subject: ValidToken; readonly text: string }> {
  const caller = await callerOf(tokens, request);
  const text = request.headers['x-subject-token'];
  const subject = typeof text === 'string' ? await tokens.describe(text) : undefined;
  if (typeof text !== 'string' || subject === undefined) throw notFound('token', 'it is unknown, expired or revoked');
  if (!caller.isAdmin && !allowed(caller) && subject.claims.userId !== caller.userId) throw forbidden(action);
  return { subject, text };
}
