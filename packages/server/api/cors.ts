import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Section [cors]: see the options there. */
export interface CorsSettings {
  readonly allowedOrigins: readonly string[];
  readonly allowCredentials: boolean;
  readonly exposeHeaders: readonly string[];
  readonly maxAge: number;
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
}

const ALWAYS_ALLOWED = ['Accept', 'Accept-Language', 'Content-Type', 'Cache-Control', 'Content-Language', 'Expires', 'Last-Modified', 'Pragma'];

/**
 * Lets browsers show the API's answers to pages of other origins (https://fetch.spec.whatwg.org/#http-cors-protocol). A
 * browser asks beforehand with OPTIONS, without a token; then there is always an answer, which allows nothing where
 * nothing is allowed.
 */
export function allowOrigins(app: FastifyInstance, settings: CorsSettings): void {
  const origins = new Set(settings.allowedOrigins);
  const permittedHeaders = new Set([...settings.allowHeaders, ...ALWAYS_ALLOWED].map((name) => name.toLowerCase()));
  if (origins.size === 0) return;

  const allowedOrigin = ({ headers: { origin } }: FastifyRequest): string | undefined => {
    if (origin === undefined) return undefined;
    if (origins.has(origin)) return origin;
    return origins.has('*') ? '*' : undefined;
  };
  const allow = (reply: FastifyReply, origin: string): void => {
    void reply.header('Vary', 'Origin').header('Access-Control-Allow-Origin', origin);
    if (settings.allowCredentials) void reply.header('Access-Control-Allow-Credentials', 'true');
  };
  const allowBeforehand = (request: FastifyRequest, reply: FastifyReply, origin: string): void => {
    const { 'access-control-request-method': method, 'access-control-request-headers': wanted = '' } = request.headers;
    const headers = wanted.split(',').map((name) => name.trim()).filter((name) => name !== '');
    if (method === undefined || !settings.allowMethods.includes(method) || headers.some((name) => !permittedHeaders.has(name.toLowerCase()))) return;
    allow(reply, origin);
    void reply.header('Access-Control-Allow-Methods', method);
    if (settings.maxAge > 0) void reply.header('Access-Control-Max-Age', String(settings.maxAge));
    if (headers.length > 0) void reply.header('Access-Control-Allow-Headers', headers.join(','));
  };

  app.addHook('onRequest', async (request, reply) => {
    const origin = allowedOrigin(request);
    if (request.method === 'OPTIONS') {
      if (origin !== undefined) allowBeforehand(request, reply, origin);
      return reply.code(200).send();
    }
    if (origin === undefined) return;
    allow(reply, origin);
    if (settings.exposeHeaders.length > 0) void reply.header('Access-Control-Expose-Headers', settings.exposeHeaders.join(','));
  });
}
