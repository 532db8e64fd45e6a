import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '../context.ts';
import { enforceCreate, enforceDelete, enforceGet, enforceUpdate, visibleObjects, type PolicyScope } from '../policy/enforce.ts';
import { contextOf, policyScope, type ApiStage } from './api-stage.ts';
import { pageLinks } from './page-links.ts';
import { parseCreate, parseUpdate } from './request-body.ts';
import { fieldsOf, parseListQuery, primaryKeyOf } from './request-query.ts';
import { requestSearch, requestUrl } from './request-url.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { createShape } from './response-shape.ts';

/** What stands behind the parts of one object: `/floatingips/{id}/port_forwardings`. */
export type NestedHandler = (parentId: string) => ResourceHandler;

type OfParent = { Params: { parent: string } };
type OfPart = { Params: { parent: string; id: string } };

/** Adds the routes of what hangs on another object. Rules are called `<action>_<parent>_<resource>`, and may ask who owns the parent. */
export function addNestedRoutes(app: FastifyInstance, stage: ApiStage, resource: ResourceDeclaration, parent: NonNullable<ResourceDeclaration['parent']>, handlerOf: NestedHandler): void {
  const all = `/${collectionPath(parent.collection)}/:parent/${collectionPath(resource.collection)}`;
  const one = `${all}/:id`;
  const scopeOf = (context: RequestContext): PolicyScope => ({ ...policyScope(stage, context, resource), resource: `${parent.resource}_${resource.resource}` });
  const inParent = (object: JsonObject, parentId: string): JsonObject => ({ ...object, [`ext_parent_${parent.resource}_id`]: parentId });
  const shapeOf = (context: RequestContext, fields?: readonly string[]): ((object: JsonObject) => JsonObject) => createShape(resource, { policy: stage.policy, context, fields });

  app.get<OfParent>(all, async (request) => {
    const context = await contextOf(stage, request);
    const query = parseListQuery(resource, requestSearch(request), stage.settings);
    const handler = handlerOf(request.params.parent);
    if (query.marker !== undefined) await handler.get(context, query.marker);
    const objects = await handler.list(context, query);
    const visible = await visibleObjects(scopeOf(context), objects.map((object) => inParent(object, request.params.parent)));
    const answer: Record<string, Json> = { [resource.collection]: visible.map(shapeOf(context, query.fields)) };
    if (query.limit !== undefined) {
      const ids = objects.map((object) => object[primaryKeyOf(resource.attributes)]);
      answer[`${resource.collection}_links`] = pageLinks({ url: requestUrl(request, stage.settings), ids, limit: query.limit, isReverse: query.pageReverse });
    }
    return answer;
  });

  app.get<OfPart>(one, async (request) => {
    const context = await contextOf(stage, request);
    const fields = fieldsOf(resource, requestSearch(request));
    const object = await handlerOf(request.params.parent).get(context, request.params.id);
    await enforceGet(scopeOf(context), inParent(object, request.params.parent));
    return { [resource.resource]: shapeOf(context, fields)(object) };
  });

  app.post<OfParent>(all, async (request, reply) => {
    const context = await contextOf(stage, request);
    const { bodies, isBulk } = parseCreate(resource, context, request.body as Json | undefined);
    await enforceCreate(scopeOf(context), bodies.map((body) => inParent(body, request.params.parent)));
    const created = ((await handlerOf(request.params.parent).create?.(context, bodies)) ?? []).map(shapeOf(context));
    void reply.code(201);
    return isBulk ? { [resource.collection]: created } : { [resource.resource]: created[0] ?? {} };
  });

  app.put<OfPart>(one, async (request) => {
    const context = await contextOf(stage, request);
    const changes = parseUpdate(resource, request.body as Json | undefined);
    const handler = handlerOf(request.params.parent);
    const original = await handler.get(context, request.params.id);
    await enforceUpdate(scopeOf(context), inParent(original, request.params.parent), changes);
    return { [resource.resource]: shapeOf(context)((await handler.update?.(context, request.params.id, changes)) ?? {}) };
  });

  app.delete<OfPart>(one, async (request, reply) => {
    const context = await contextOf(stage, request);
    const handler = handlerOf(request.params.parent);
    await enforceDelete(scopeOf(context), inParent(await handler.get(context, request.params.id), request.params.parent));
    await handler.delete?.(context, request.params.id);
    return reply.code(204).send();
  });
}
