import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrl, bodyUnder, type Caller, callerOf, pathParameter, queryOf } from './caller.ts';
import type { Collection } from './collection.ts';
import { openCollection } from './collection-store.ts';
import { collections, forbid, mayRead } from './collections.ts';
import type { IdentityDb } from './identity-database.ts';
import type { TokenService } from './token-service.ts';

/** Create, show, list, update and delete of every collection. Admins may do all of it. */
export function registerCollectionRoutes(app: FastifyInstance, db: IdentityDb, tokens: TokenService): void {
  for (const collection of collections) registerCollection(app, db, tokens, collection);
}

function registerCollection(app: FastifyInstance, db: IdentityDb, tokens: TokenService, collection: Collection): void {
  const { collection: name, resource } = collection;
  const store = openCollection(db, collection);
  const path = `/v3/${name}`;

  const requireAdmin = async (request: FastifyRequest, operation: 'create' | 'update' | 'delete'): Promise<void> => {
    if (!(await callerOf(tokens, request)).isAdmin) forbid(operation, collection);
  };
  const requireReader = async (request: FastifyRequest, operation: 'get' | 'list', id?: string): Promise<void> => {
    const caller = await callerOf(tokens, request);
    if (!caller.isAdmin && !mayRead(collection, id, { ...caller, projectIds: projectsOf(caller) })) forbid(operation, collection);
  };

  app.get(path, async (request) => {
    await requireReader(request, 'list');
    const objects = await store.list(queryOf(request));
    return { [name]: objects.map((object) => withLinks(request, path, object)), links: { self: `${baseUrl(request)}${request.url}`, next: null, previous: null } };
  });
  app.post(path, async (request, reply) => {
    await requireAdmin(request, 'create');
    const object = await store.create(bodyUnder(request, resource));
    return reply.code(201).send({ [resource]: withLinks(request, path, object) });
  });
  app.get(`${path}/:id`, async (request) => {
    const id = pathParameter(request, 'id');
    await requireReader(request, 'get', id);
    return { [resource]: withLinks(request, path, await store.get(id)) };
  });
  app.patch(`${path}/:id`, async (request) => {
    await requireAdmin(request, 'update');
    return { [resource]: withLinks(request, path, await store.update(pathParameter(request, 'id'), bodyUnder(request, resource))) };
  });
  app.delete(`${path}/:id`, async (request, reply) => {
    await requireAdmin(request, 'delete');
    await store.delete(pathParameter(request, 'id'));
    return reply.code(204).send();
  });
}

function projectsOf({ token }: Caller): readonly string[] {
  return token.claims.projectId === undefined ? [] : [token.claims.projectId];
}

function withLinks(request: FastifyRequest, path: string, object: JsonObject): JsonObject {
  return { ...object, links: { self: `${baseUrl(request)}${path}/${String(object['id'])}` } };
}
