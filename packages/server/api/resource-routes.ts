import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
import type { Json } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '../context.ts';
import { enforceCreate, enforceDelete, enforceGet, enforceUpdate, visibleObjects } from '../policy/enforce.ts';
import { contextOf, handlerOf, policyScope, type ApiStage } from './api-stage.ts';
import { revisionOf } from './if-match.ts';
import { pageLinks } from './page-links.ts';
import { parseCreate, parseUpdate } from './request-body.ts';
import { fieldsOf, parseListQuery, primaryKeyOf } from './request-query.ts';
import { sendReady, sendReadyList } from './ready-answer.ts';
import { requestSearch, requestUrl } from './request-url.ts';
import { createShape } from './response-shape.ts';

/** Adds the routes that one declaration makes. */
export function addResourceRoutes(app: FastifyInstance, stage: ApiStage, resource: ResourceDeclaration): void {
  const operations = resource.operations ?? ['create', 'show', 'list', 'update', 'delete'];
  for (const operation of operations) add[operation](app, stage, resource);
}

type AddRoute = (app: FastifyInstance, stage: ApiStage, resource: ResourceDeclaration) => void;
type WithId = { Params: { id: string } };

const add: Readonly<Record<'create' | 'show' | 'list' | 'update' | 'delete', AddRoute>> = {
  list(app, stage, resource) {
    const handler = handlerOf(stage, resource.collection);
    const key = primaryKeyOf(resource.attributes);
    app.get(`/${collectionPath(resource.collection)}`, async (request, reply) => {
      const context = await contextOf(stage, request);
      const query = parseListQuery(resource, requestSearch(request), stage.settings);
      refuseHidden(stage, context, resource, [...Object.keys(query.filters), ...query.sorts.map(({ key }) => key)]);
      // A page after something that does not exist, or may not be seen, is no page.
      if (query.marker !== undefined) await handler.get(context, query.marker);
      const linksOf = (ids: readonly (Json | undefined)[], limit: number): Json => pageLinks({ url: requestUrl(request, stage.settings), ids, limit, isReverse: query.pageReverse });
      if (handler.ready !== undefined && query.fields === undefined && stage.policy.isUnrestricted(context)) {
        const ready = await handler.ready.list(context, query);
        return sendReadyList(reply, resource.collection, ready, query.limit === undefined ? undefined : linksOf(ready.map(({ id }) => id), query.limit));
      }
      const short = query.fields === undefined || !stage.policy.isUnrestricted(context) ? undefined : await handler.ready?.listFields(context, query, query.fields);
      const objects = short ?? (await handler.list(context, query));
      const visible = short ?? (await visibleObjects(policyScope(stage, context, resource), objects));
      const answer: Record<string, Json> = {
        [resource.collection]: visible.map(createShape(resource, { policy: stage.policy, context, fields: query.fields })),
      };
      if (query.limit !== undefined) {
        answer[`${resource.collection}_links`] = linksOf(objects.map((object) => object[key]), query.limit);
      }
      return answer;
    });
  },

  show(app, stage, resource) {
    const handler = handlerOf(stage, resource.collection);
    app.get<WithId>(`/${collectionPath(resource.collection)}/:id`, async (request, reply) => {
      const context = await contextOf(stage, request);
      const fields = fieldsOf(resource, requestSearch(request));
      if (handler.ready !== undefined && fields === undefined && stage.policy.isUnrestricted(context)) {
        return sendReady(reply, resource.resource, await handler.ready.get(context, request.params.id));
      }
      const object = await handler.get(context, request.params.id);
      await enforceGet(policyScope(stage, context, resource), object);
      return { [resource.resource]: createShape(resource, { policy: stage.policy, context, fields })(object) };
    });
  },

  create(app, stage, resource) {
    const handler = handlerOf(stage, resource.collection);
    app.post(`/${collectionPath(resource.collection)}`, async (request, reply) => {
      const context = await contextOf(stage, request);
      const { bodies, isBulk } = parseCreate(resource, context, request.body as Json | undefined);
      await enforceCreate(policyScope(stage, context, resource), bodies);
      const limited = stage.quota.limit(context, resource.resource, bodies);
      void reply.code(201);
      if (handler.ready !== undefined && stage.policy.isUnrestricted(context)) {
        const ready = await handler.ready.create(context, bodies, limited);
        const [only] = ready;
        return isBulk || only === undefined ? sendReadyList(reply, resource.collection, ready) : sendReady(reply, resource.resource, only);
      }
      const created = (await handler.create?.(context, bodies, limited)) ?? [];
      const shown = created.map(createShape(resource, { policy: stage.policy, context }));
      return isBulk ? { [resource.collection]: shown } : { [resource.resource]: shown[0] ?? {} };
    });
  },

  update(app, stage, resource) {
    const handler = handlerOf(stage, resource.collection);
    app.put<WithId>(`/${collectionPath(resource.collection)}/:id`, async (request, reply) => {
      const context = await contextOf(stage, request);
      const changes = parseUpdate(resource, request.body as Json | undefined);
      const revisionNumber = revisionOf(request.headers['if-match']);
      const options = revisionNumber === undefined ? {} : { revisionNumber };
      if (handler.ready !== undefined && stage.policy.isUnrestricted(context)) {
        // Whether it exists is found out by the update itself.
        return sendReady(reply, resource.resource, await handler.ready.update(context, request.params.id, changes, options));
      }
      const original = await handler.get(context, request.params.id);
      await enforceUpdate(policyScope(stage, context, resource), original, changes);
      const updated = await handler.update?.(context, request.params.id, changes, options);
      return { [resource.resource]: createShape(resource, { policy: stage.policy, context })(updated ?? {}) };
    });
  },

  delete(app, stage, resource) {
    const handler = handlerOf(stage, resource.collection);
    app.delete<WithId>(`/${collectionPath(resource.collection)}/:id`, async (request, reply) => {
      const context = await contextOf(stage, request);
      const revisionNumber = revisionOf(request.headers['if-match']);
      // What the policy has nothing to say about need not be read for it: the delete itself finds out whether it exists.
      if (!stage.policy.isUnrestricted(context)) await enforceDelete(policyScope(stage, context, resource), await handler.get(context, request.params.id));
      await handler.delete?.(context, request.params.id, revisionNumber === undefined ? {} : { revisionNumber });
      return reply.code(204).send();
    });
  },
};

/** What a caller may not see it may not find out by filters or by the order of a list either. */
function refuseHidden({ policy }: ApiStage, context: RequestContext, { resource }: ResourceDeclaration, names: readonly string[]): void {
  const own = { project_id: context.projectId ?? null, tenant_id: context.projectId ?? null };
  const guarded = policy.guardedAttributes(`get_${resource}`);
  const hidden = names.find((name) => guarded.has(name) && !policy.check(context, `get_${resource}:${name}`, own));
  if (hidden !== undefined) throw new NeutronError(PolicyNotAuthorized, { rule: `rule:get_${resource}:${hidden}` });
}
