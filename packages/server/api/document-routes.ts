import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openApiDocument } from '@neutrino/lib/api/openapi/document';
import { HTTPNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { FastifyInstance } from 'fastify';
import type { ApiStage } from './api-stage.ts';

/**
 * The page's own text. Its script is a file, because the policy below allows no script within the page.
 * https://swagger.io/docs/open-source-tools/swagger-ui/usage/installation/
 */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenStack Networking</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
/** No validatorUrl: the page asks nobody but this server. */
const START = `SwaggerUIBundle({ url: new URL('openapi.json', new URL('.', location.href)).href, dom_id: '#api', validatorUrl: null, docExpansion: 'none', defaultModelsExpandDepth: 0, filter: true, displayRequestDuration: true, tryItOutEnabled: true });
`;
const CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/**
 * `/openapi.json`, the API as this server has it, and `/docs`, a page that shows it. Both are for everybody: they tell what
 * the documentation of OpenStack tells anyway, clients are made from them before anybody logs in, and a browser has no
 * way to send a token with a page.
 */
export function addDocumentRoutes(app: FastifyInstance, { api }: ApiStage): void {
  let document: string | undefined;
  app.get('/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(api));
    void reply.type('application/json').send(document);
  });
  app.get('/docs', (request, reply) => {
    // The page names its files as seen from beside it, wherever a proxy has put it.
    if ((request.url.split('?')[0] ?? '').endsWith('/')) return reply.redirect('../docs', 308);
    return reply.type('text/html; charset=utf-8').headers({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' }).send(PAGE);
  });
  app.get('/docs/start.js', (_request, reply) => void reply.type('text/javascript; charset=utf-8').header('X-Content-Type-Options', 'nosniff').send(START));
  app.get<{ Params: { file: string } }>('/docs/:file', (request, reply) => {
    const type = Object.hasOwn(TYPES, request.params.file) ? TYPES[request.params.file] : undefined;
    if (type === undefined) throw new NeutronError(HTTPNotFound);
    void reply.type(type).headers({ 'Cache-Control': 'max-age=86400', 'X-Content-Type-Options': 'nosniff' }).send(swaggerFile(request.params.file));
  });
}

/** Read when first asked for, and not kept: the page is opened seldom, and its script is large. */
function swaggerFile(name: string): Buffer {
  return readFileSync(join(dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')), name));
}
