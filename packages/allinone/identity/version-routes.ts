import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrl } from './caller.ts';

/** What clients look for before they log in. The version is the part of Keystone's API that is spoken here. */
export function registerVersionRoutes(app: FastifyInstance): void {
  app.get('/', (request, reply) => reply.code(300).send({ versions: { values: [version(request)] } }));
  app.get('/v3', (request) => ({ version: version(request) }));
}

function version(request: FastifyRequest): JsonObject {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${baseUrl(request)}/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}
