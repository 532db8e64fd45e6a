import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { baseUrl } from './caller.ts';
import { registerCollectionRoutes } from './collection-routes.ts';
import { registerGrantRoutes } from './grant-routes.ts';
import type { IdentityDb } from './identity-database.ts';
import { errorBody, KeystoneError } from './keystone-error.ts';
import { registerNoComputeRoutes } from './no-compute-routes.ts';
import { registerOwnRoutes } from './own-routes.ts';
import { registerTokenRoutes } from './token-routes.ts';
import type { TokenService } from './token-service.ts';
import { registerVersionRoutes } from './version-routes.ts';

const MAX_BODY_BYTES = 112 * 1024;

/** The HTTP side: routes, and every failure in Keystone's shape. Bodies and headers, which hold secrets, are never logged. */
export function createIdentityApp({ db, tokens, log }: { readonly db: IdentityDb; readonly tokens: TokenService; readonly log: Logger }): FastifyInstance {
  const app = Fastify({
    // What is wrong before a route is found: a path that is too long or not UTF-8.
    frameworkErrors: (error, _request, reply) => {
      const status = error.statusCode ?? 400;
      reply.hijack();
      reply.raw.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(errorBody(status, error.message)));
    },
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: 60_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 255 },
  });

  // Clients send PUT without a body and yet call it JSON.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined);
    try {
      return done(null, JSON.parse(text.toString()));
    } catch {
      return done(new KeystoneError(400, 'Expecting to find valid JSON in request body.'), undefined);
    }
  });

  app.setErrorHandler((error: FastifyError | KeystoneError, request, reply) => {
    const status = error instanceof KeystoneError ? error.status : (error.statusCode ?? 500);
    if (status === 401) reply.header('WWW-Authenticate', `Keystone uri="${baseUrl(request)}"`);
    if (status < 500 || error instanceof KeystoneError) return reply.code(status).send(errorBody(status, error.message));
    log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
    return reply.code(500).send(errorBody(500, 'An unexpected error prevented the server from fulfilling your request.'));
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody(404, 'The resource could not be found.')));

  registerVersionRoutes(app);
  registerTokenRoutes(app, tokens);
  registerOwnRoutes(app, db, tokens);
  registerGrantRoutes(app, db, tokens);
  registerCollectionRoutes(app, db, tokens);
  registerNoComputeRoutes(app);
  return app;
}
