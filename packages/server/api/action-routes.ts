import type { Json } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import { enforceGet } from '../policy/enforce.ts';
import { authorize, contextOf, policyScope, type ApiStage } from './api-stage.ts';

/** What handlers can do with one object beyond reading and writing it: `PUT /<collection>/{id}/<action>`, under the rule `<action>`. */
export function addActionRoutes(app: FastifyInstance, stage: ApiStage): void {
  for (const [collection, handler] of Object.entries(stage.handlers)) {
    for (const [name, act] of Object.entries(handler.actions ?? {})) {
      const resource = stage.api.resource(collection);
      app.put<{ Params: { id: string } }>(`/${collectionPath(collection)}/:id/${name}`, async (request) => {
        const context = await contextOf(stage, request);
        const object = await handler.get(context, request.params.id);
        await enforceGet(policyScope(stage, context, resource), object);
        authorize(stage, context, name, object);
        return act(context, request.params.id, request.body as Json | undefined);
      });
    }
  }
}
