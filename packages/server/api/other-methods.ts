import { HTTPMethodNotAllowed } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { FastifyInstance, HTTPMethods } from 'fastify';

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export interface OtherMethods {
  addTo(app: FastifyInstance): void;
  /** What is served so far, as "GET /v2.0/networks/:id". */
  served(): readonly string[];
}

/** Call before routes are added: whatever method they leave out is answered with 405 instead of 404, and with what is allowed. */
export function refuseOtherMethods(app: FastifyInstance): OtherMethods {
  const routes = new Map<string, Set<string>>();
  let isAdding = false;
  app.addHook('onRoute', ({ url, method }) => {
    if (isAdding) return;
    const known = routes.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    routes.set(url, known);
  });
  return {
    served: () => [...routes].flatMap(([url, known]) => [...known].map((method) => `${method} ${url}`)),
    addTo(scope) {
      isAdding = true;
      for (const [url, known] of routes) {
        const allowed = [...known].join(', ');
        scope.route({
          url,
          method: methods.filter((method) => !known.has(method)),
          // Before the body is looked at: it does not matter.
          onRequest: async (request, reply) => {
            void reply.header('Allow', allowed);
            throw new NeutronError(HTTPMethodNotAllowed, { method: request.method });
          },
          handler: () => undefined,
        });
      }
    },
  };
}
