import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import { TAGGED_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import { InvalidInput, TagNotFound, TagResourceNotFound } from '@neutrino/lib/exceptions/generic';
import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestContext } from '../context.ts';
import { enforceGet } from '../policy/enforce.ts';
import type { TagService } from '../services/tag/tag-service.ts';
import { authorize, contextOf, handlerOf, policyScope, type ApiStage } from './api-stage.ts';

type OfObject = { Params: { id: string; tag: string } };

/** `/{collection}/{id}/tags[/{tag}]`: whoever may see the object may see its tags; whoever may update it may change them. */
export function addTagRoutes(app: FastifyInstance, stage: ApiStage, tags: TagService): void {
  for (const collection of TAGGED_COLLECTIONS.filter((each) => stage.api.has(each))) {
    const resource = stage.api.resource(collection);
    const path = `/${collectionPath(collection)}/:id/tags`;
    app.get<OfObject>(path, async (request) => {
      await visible(stage, resource, request);
      return { tags: await tags.list(collection, request.params.id) };
    });
    app.put<OfObject>(path, async (request) => {
      await changeable(stage, resource, request);
      return { tags: await tags.replace(collection, request.params.id, tagsIn(request.body)) };
    });
    app.delete<OfObject>(path, async (request, reply) => {
      await changeable(stage, resource, request);
      await tags.clear(collection, request.params.id);
      return reply.code(204).send();
    });
    app.get<OfObject>(`${path}/:tag`, async (request, reply) => {
      await visible(stage, resource, request);
      const { id, tag } = request.params;
      if (!(await tags.has(collection, id, tag))) throw new NeutronError(TagNotFound, { tag });
      return reply.code(204).send();
    });
    app.put<OfObject>(`${path}/:tag`, async (request, reply) => {
      await changeable(stage, resource, request);
      await tags.add(collection, request.params.id, request.params.tag);
      return reply.code(201).send();
    });
    app.delete<OfObject>(`${path}/:tag`, async (request, reply) => {
      await changeable(stage, resource, request);
      await tags.remove(collection, request.params.id, request.params.tag);
      return reply.code(204).send();
    });
  }
}

async function visible(stage: ApiStage, resource: ResourceDeclaration, request: FastifyRequest<OfObject>): Promise<void> {
  const context = await contextOf(stage, request);
  await objectToTag(stage, resource, context, request.params.id);
}

/** Throws TagResourceNotFound for an object that is not there, or that the caller may not know of. */
async function objectToTag(stage: ApiStage, resource: ResourceDeclaration, context: RequestContext, id: string): Promise<JsonObject> {
  try {
    const object = await handlerOf(stage, resource.collection).get(context, id);
    await enforceGet(policyScope(stage, context, resource), object);
    return object;
  } catch (error) {
    if (isNeutronError(error) && error.status === 404) throw new NeutronError(TagResourceNotFound, { resource: resource.collection, resource_id: id });
    throw error;
  }
}

/** Throws what says that the object is not there, or that its tags are not for the caller to change. */
async function changeable(stage: ApiStage, resource: ResourceDeclaration, request: FastifyRequest<OfObject>): Promise<void> {
  const context = await contextOf(stage, request);
  const object = await objectToTag(stage, resource, context, request.params.id);
  authorize(stage, context, `${request.method === 'DELETE' ? 'delete' : 'update'}_${resource.resource}:tags`, object);
}

function tagsIn(body: unknown): Json {
  const tags = isJsonObject(body) && Object.hasOwn(body, 'tags') ? body['tags'] : undefined;
  if (tags === undefined) throw new NeutronError(InvalidInput, { error_message: 'Invalid tags body' });
  return tags;
}
