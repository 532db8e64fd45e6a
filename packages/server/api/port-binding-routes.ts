import type { Json } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestContext } from '../context.ts';
import type { PortBindings } from '../plugins/ml2/bindings/port-bindings.ts';
import { authorize, contextOf, handlerOf, type ApiStage } from './api-stage.ts';
import { pageOf } from './page-of.ts';
import { parseCreate, parseUpdate } from './request-body.ts';
import { fieldsOf, parseListQuery } from './request-query.ts';
import { requestSearch } from './request-url.ts';
import { createShape } from './response-shape.ts';
import { badRequest } from './fault.ts';

type OfPort = { Params: { port: string; host: string } };

/** `/ports/{id}/bindings` (extension binding-extended): on which hosts a port of an instance is prepared. */
export function addPortBindingRoutes(app: FastifyInstance, stage: ApiStage, bindings: PortBindings): void {
  const resource = stage.api.resource('ports/bindings');
  const path = '/ports/:port/bindings';
  const allowed = async (request: FastifyRequest<OfPort>, action: string): Promise<RequestContext> => {
    const context = await contextOf(stage, request);
    const port = await handlerOf(stage, 'ports').get(context, request.params.port);
    authorize(stage, context, `${action}_port_binding`, port);
    return context;
  };
  app.get<OfPort>(path, async (request) => {
    const context = await allowed(request, 'get');
    const query = parseListQuery(resource, requestSearch(request), stage.settings);
    const found = pageOf(await bindings.list(context, request.params.port), query, 'host');
    return { bindings: found.map(createShape(resource, { policy: stage.policy, context, fields: query.fields })) };
  });
  app.get<OfPort>(`${path}/:host`, async (request) => {
    const context = await allowed(request, 'get');
    const fields = fieldsOf(resource, requestSearch(request));
    return { binding: createShape(resource, { policy: stage.policy, context, fields })(await bindings.get(context, request.params.port, request.params.host)) };
  });
  app.post<OfPort>(path, async (request, reply) => {
    const context = await allowed(request, 'create');
    const { bodies, isBulk } = parseCreate(resource, context, request.body as Json | undefined);
    const [body] = bodies;
    if (isBulk || body === undefined) throw badRequest('Bulk operation not supported');
    return reply.code(201).send({ binding: await bindings.create(context, request.params.port, body) });
  });
  app.put<OfPort>(`${path}/:host`, async (request) => {
    const context = await allowed(request, 'update');
    const changes = parseUpdate(resource, request.body as Json | undefined);
    return { binding: await bindings.update(context, request.params.port, request.params.host, changes) };
  });
  app.put<OfPort>(`${path}/:host/activate`, async (request) => {
    const context = await allowed(request, 'activate');
    // As Neutron answers: without a name around it.
    return bindings.activate(context, request.params.port, request.params.host);
  });
  app.delete<OfPort>(`${path}/:host`, async (request, reply) => {
    const context = await allowed(request, 'delete');
    await bindings.delete(context, request.params.port, request.params.host);
    return reply.code(204).send();
  });
}
