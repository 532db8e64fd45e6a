import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { QuotaMissingTenant } from '@neutrino/lib/exceptions/quota';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authorize, contextOf, type ApiStage } from './api-stage.ts';
import { badRequest } from './fault.ts';

type OfProject = { Params: { project: string } };

/** `/quotas` (extensions quotas and quota_details): an administrator's, but for what a project may read of its own. */
export function addQuotaRoutes(app: FastifyInstance, stage: ApiStage): void {
  const { quota } = stage;
  const allowed = async (request: FastifyRequest, action: string, projectId: string): Promise<void> => {
    const context = await contextOf(stage, request);
    const reads = action === 'get_quota' && context.projectId === projectId;
    if (!reads) authorize(stage, context, action, { project_id: projectId, tenant_id: projectId });
  };
  app.get('/quotas', async (request) => {
    await allowed(request, 'get_quota', '');
    return { quotas: await quota.list() };
  });
  // Whose quotas are one's own: what clients ask before they know their project's id.
  for (const name of ['tenant', 'project']) {
    app.get(`/quotas/${name}`, async (request) => {
      const { projectId } = await contextOf(stage, request);
      if (projectId === undefined) throw new NeutronError(QuotaMissingTenant);
      return { [name]: { tenant_id: projectId, project_id: projectId } };
    });
  }
  app.get<OfProject>('/quotas/:project', async (request) => {
    await allowed(request, 'get_quota', request.params.project);
    return { quota: await quota.get(request.params.project) };
  });
  app.get<OfProject>('/quotas/:project/default', async (request) => {
    await allowed(request, 'get_quota', request.params.project);
    return { quota: await quota.defaults(request.params.project) };
  });
  app.get<OfProject>('/quotas/:project/details', async (request) => {
    await allowed(request, 'get_quota', request.params.project);
    return { quota: await quota.details(request.params.project) };
  });
  app.put<OfProject>('/quotas/:project', async (request) => {
    await allowed(request, 'update_quota', request.params.project);
    return { quota: await quota.update(request.params.project, quotaIn(request.body)) };
  });
  app.delete<OfProject>('/quotas/:project', async (request, reply) => {
    await allowed(request, 'delete_quota', request.params.project);
    await quota.remove(request.params.project);
    return reply.code(204).send();
  });
}

function quotaIn(body: unknown): JsonObject {
  const quota = isJsonObject(body) && Object.hasOwn(body, 'quota') ? body['quota'] : undefined;
  if (!isJsonObject(quota)) throw badRequest("Unable to find 'quota' in request body");
  return quota;
}
