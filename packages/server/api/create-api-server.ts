import { HTTPNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { PortBindings } from '../plugins/ml2/bindings/port-bindings.ts';
import type { Topologies } from '../services/auto-allocate/topologies.ts';
import type { FlavorProfiles } from '../services/flavors/flavor-profiles.ts';
import type { TagService } from '../services/tag/tag-service.ts';
import { addActionRoutes } from './action-routes.ts';
import { addAgentSchedulingRoutes, type AgentScheduling, type ScheduledKind } from './agent-scheduling-routes.ts';
import type { ApiStage } from './api-stage.ts';
import { addAutoAllocateRoutes } from './auto-allocate-routes.ts';
import { CollectionSpellings } from './collection-spellings.ts';
import { addDiscoveryRoutes } from './discovery-routes.ts';
import { addDocumentRoutes } from './document-routes.ts';
import { allowOrigins } from './cors.ts';
import { badRequest, faultOf } from './fault.ts';
import { addHealthcheckRoutes, type HealthSettings } from './healthcheck-routes.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { addPortBindingRoutes } from './port-binding-routes.ts';
import { addFlavorRoutes } from './flavor-routes.ts';
import { addNestedRoutes, type NestedHandler } from './nested-routes.ts';
import { parseJson } from './parse-json.ts';
import { addQuotaRoutes } from './quota-routes.ts';
import { addResourceRoutes } from './resource-routes.ts';
import { addTagRoutes } from './tag-routes.ts';

/** A client that does not get its headers, or its whole request, out within this time is cut off. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const TIMEOUT_CHECK_MS = 5_000;
const KEEP_ALIVE_MS = 75_000;
/** Room for Keystone's largest tokens and for long lists of filters. */
const MOST_HEADER_BYTES = 65_536;
/** A tag of 255 characters, each of which may take twelve characters in a URL. */
const LONGEST_PARAMETER = 255 * 12;

export interface ApiServerOptions extends ApiStage {
  /** Told of every request that was answered. */
  readonly answered?: ServerMetrics['answered'] | undefined;
  readonly tags: TagService;
  readonly schedulers: readonly { readonly kind: ScheduledKind; readonly scheduling: AgentScheduling }[];
  readonly flavorProfiles: FlavorProfiles;
  /** Where networks are made for projects that ask for no more than that. */
  readonly topologies?: Topologies | undefined;
  readonly bindings: PortBindings;
  /** By `<parent's collection>/<collection>`: what hangs on another object. */
  readonly nested?: Readonly<Record<string, NestedHandler>>;
  readonly health: HealthSettings;
}

export interface ApiServer {
  /** Not yet listening. */
  readonly app: FastifyInstance;
  /** "GET /v2.0/networks/:id" and so on, once it is ready. */
  served(): readonly string[];
}

/** The HTTP server of the Neutron v2.0 API. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  let spellings: CollectionSpellings | undefined;
  const spelled = (path: string): string => (spellings ??= new CollectionSpellings(others.served())).ours(path);
  const app = fastify({
    logger: false,
    bodyLimit: options.settings.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A missing Host is refused below, in the shape of all errors.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS, maxHeaderSize: MOST_HEADER_BYTES, requireHostHeader: false },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    genReqId: () => `req-${crypto.randomUUID()}`,
    rewriteUrl: ({ url = '/' }) => withPath(withoutOrigin(url), (path) => spelled(withoutSuffix(path))),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAMETER },
    clientErrorHandler(error, socket) {
      refuseSocket(error.code, socket);
    },
    frameworkErrors: (error, request, reply) => void answer(options, error, request, reply),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/json\b/i, { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('onRequest', async (request) => {
    // Neutron asks for no type, and there are clients that give none.
    request.headers['content-type'] ??= 'application/json';
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Openstack-Request-Id', request.id);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') throw badRequest('The request has no Host header.');
  });
  if (options.settings.cors !== undefined) allowOrigins(app, options.settings.cors);
  // A server may leave aside an expectation that it does not know (RFC 9110, section 10.1.1), and is no proxy.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.server.on('connect', (_request, socket) => refuseSocket('', socket as Socket));
  app.addHook('onResponse', async ({ id, method, originalUrl, routeOptions }, reply) => {
    options.answered?.({ method, route: routeOptions.url ?? 'none', status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    options.log.info({ request_id: id, method, url: originalUrl, status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) }, 'request');
  });
  app.setErrorHandler((error, request, reply) => answer(options, error, request, reply));
  app.setNotFoundHandler(() => {
    throw new NeutronError(HTTPNotFound);
  });

  const others = refuseOtherMethods(app);
  addDiscoveryRoutes(app, options);
  addDocumentRoutes(app, options);
  addHealthcheckRoutes(app, options.health);
  void app.register(
    (scope, _options, done) => {
      for (const resource of options.api.resources) {
        const { parent, collection } = resource;
        if (parent === undefined) addResourceRoutes(scope, options, resource);
        const nested = parent === undefined ? undefined : options.nested?.[`${parent.collection}/${collection}`];
        if (parent !== undefined && nested !== undefined) addNestedRoutes(scope, options, resource, parent, nested);
      }
      addActionRoutes(scope, options);
      for (const { kind, scheduling } of options.schedulers) addAgentSchedulingRoutes(scope, options, kind, scheduling);
      addFlavorRoutes(scope, options, options.flavorProfiles);
      if (options.topologies !== undefined) addAutoAllocateRoutes(scope, options, options.topologies);
      addPortBindingRoutes(scope, options, options.bindings);
      addTagRoutes(scope, options, options.tags);
      addQuotaRoutes(scope, options);
      done();
    },
    { prefix: '/v2.0' },
  );
  void app.register((_scope, _options, done) => {
    others.addTo(app);
    done();
  });
  return { app, served: others.served };
}

async function answer(options: ApiServerOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, headers, body, internal } = faultOf(error);
  if (internal) options.log.error({ err: error, request_id: request.id, method: request.method, url: request.url }, 'a request failed');
  await reply.code(status).headers(headers).send(body);
}

/** Clients may give the whole URL, as they do to proxies (RFC 9112, section 3.2.2). */
function withoutOrigin(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*\/*/i, '/');
}

function withPath(url: string, change: (path: string) => string): string {
  const query = url.indexOf('?');
  return query < 0 ? change(url) : `${change(url.slice(0, query))}${url.slice(query)}`;
}

/** Clients may ask for /v2.0/networks.json. */
function withoutSuffix(path: string): string {
  return path.endsWith('.json') && !path.endsWith('/openapi.json') ? path.slice(0, -'.json'.length) : path;
}

/** Node's parser of HTTP says why it gave up: https://nodejs.org/api/http.html#event-clienterror */
const socketRefusals: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long.'],
};

/** What is not HTTP gets an answer in the same shape as everything else, and the connection ends. */
function refuseSocket(code: string, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = socketRefusals[code] ?? [400, 'The request is not valid HTTP.'];
  const body = JSON.stringify(faultOf(badRequest(message)).body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
