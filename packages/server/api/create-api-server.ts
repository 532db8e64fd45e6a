import { HTTPNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import type { TagService } from '../services/tag/tag-service.ts';
import type { ApiStage } from './api-stage.ts';
import { addDhcpAgentRoutes, type DhcpAgentScheduling } from './dhcp-agent-routes.ts';
import { addDiscoveryRoutes } from './discovery-routes.ts';
import { badRequest, faultOf } from './fault.ts';
import { parseJson } from './parse-json.ts';
import { addQuotaRoutes } from './quota-routes.ts';
import { addResourceRoutes } from './resource-routes.ts';
import { addTagRoutes } from './tag-routes.ts';

/** A client that does not get its request out within this time is cut off. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;

export interface ApiServerOptions extends ApiStage {
  readonly tags: TagService;
  readonly scheduling: DhcpAgentScheduling;
}

/** The HTTP server of the Neutron v2.0 API, not yet listening. */
export function createApiServer(options: ApiServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: options.settings.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    genReqId: () => `req-${crypto.randomUUID()}`,
    rewriteUrl: ({ url = '/' }) => withoutSuffix(url),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 255 },
    clientErrorHandler(_error, socket) {
      refuseSocket(socket as Socket);
    },
    frameworkErrors: (error, request, reply) => void answer(options, error, request, reply),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/json\b/i, { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, (body as Buffer).length === 0 ? undefined : parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Openstack-Request-Id', request.id);
  });
  app.setErrorHandler((error, request, reply) => answer(options, error, request, reply));
  app.setNotFoundHandler(() => {
    throw new NeutronError(HTTPNotFound);
  });

  addDiscoveryRoutes(app, options);
  void app.register(
    (scope, _options, done) => {
      for (const resource of options.api.resources) {
        if (resource.parent === undefined) addResourceRoutes(scope, options, resource);
      }
      addDhcpAgentRoutes(scope, options, options.scheduling);
      addTagRoutes(scope, options, options.tags);
      addQuotaRoutes(scope, options);
      done();
    },
    { prefix: '/v2.0' },
  );
  return app;
}

async function answer(options: ApiServerOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, headers, body, internal } = faultOf(error);
  if (internal) options.log.error({ err: error, request_id: request.id, method: request.method, url: request.url }, 'a request failed');
  await reply.code(status).headers(headers).send(body);
}

/** Clients may ask for /v2.0/networks.json. */
function withoutSuffix(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.endsWith('.json') && !path.endsWith('/openapi.json') ? `${path.slice(0, -'.json'.length)}${query < 0 ? '' : url.slice(query)}` : url;
}

/** What is not HTTP gets an answer in the same shape as everything else, and the connection ends. */
function refuseSocket(socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(faultOf(badRequest('The request is not valid HTTP.')).body);
  socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
