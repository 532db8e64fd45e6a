import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import { enforceAction, enforceGet } from '../policy/enforce.ts';
import { createShape } from './response-shape.ts';
import { contextOf, policyScope, type ApiStage } from './api-stage.ts';

/** What handlers can do with one object beyond reading and writing it: `PUT /<collection>/{id}/<action>`, under the rule `<action>`. */
export function addActionRoutes(app: FastifyInstance, stage: ApiStage): void {
  for (const [collection, handler] of Object.entries(stage.handlers)) {
    for (const [name, act] of Object.entries(handler.actions ?? {})) {
      const resource = stage.api.resource(collection);
      app.put<{ Params: { id: string } }>(`/${collectionPath(collection)}/:id/${name}`, async (request) => {
        const context = await contextOf(stage, request);
        const object = await handler.get(context, request.params.id);
        const scope = policyScope(stage, context, resource);
        await enforceGet(scope, object);
        const body = request.body as Json | undefined;
        const given = isJsonObject(body) ? body[resource.resource] : undefined;
        await enforceAction(scope, name, object, isJsonObject(given) ? given : {});
        return shaped(await act(context, request.params.id, body), resource, { policy: stage.policy, context });
      });
    }
  }
}

/** An answer that is the object shows of it what other answers show. */
function shaped(answer: Json, resource: ResourceDeclaration, options: Parameters<typeof createShape>[1]): Json {
  const object = isJsonObject(answer) ? answer[resource.resource] : undefined;
  return isJsonObject(object) ? { [resource.resource]: createShape(resource, options)(object) } : answer;
}
