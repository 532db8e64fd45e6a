import { BadRequest, HTTPNotFound, NotAuthorized } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '../context.ts';
import type { Topologies } from '../services/auto-allocate/topologies.ts';
import { authorize, contextOf, type ApiStage } from './api-stage.ts';
import { requestSearch } from './request-url.ts';
import { createShape } from './response-shape.ts';

type OfProject = { Params: { project: string } };

const longestProject = 255;

/** `/auto-allocated-topology/{project}` (extension auto-allocated-topology). */
export function addAutoAllocateRoutes(app: FastifyInstance, stage: ApiStage, topologies: Topologies): void {
  const path = '/auto-allocated-topology/:project';
  const show = (context: RequestContext, project: string, id: string): JsonObject => ({
    auto_allocated_topology: createShape(stage.api.resource('auto_allocated_topologies'), { policy: stage.policy, context })({ id, ...ownedBy(project) }),
  });

  app.get<OfProject>(path, async (request) => {
    const context = await contextOf(stage, request);
    const project = projectOf(context, request.params.project);
    requireVisible(stage, context, project);
    const fields = requestSearch(request).getAll('fields').filter((field) => field !== '');
    if (fields.includes('dry-run')) {
      await topologies.check(context);
      return show(context, project, 'dry-run=pass');
    }
    if (fields.length > 0) throw badRequest('Unrecognized field');
    return show(context, project, await topologies.network(context, project));
  });

  app.delete<OfProject>(path, async (request, reply) => {
    const context = await contextOf(stage, request);
    const project = projectOf(context, request.params.project);
    if (!stage.policy.check(context, 'delete_auto_allocated_topology', ownedBy(project))) requireVisible(stage, context, project);
    authorize(stage, context, 'delete_auto_allocated_topology', ownedBy(project));
    await topologies.delete(context, project);
    return reply.code(204).send();
  });
}

/** Clients that know of no project say "None": their own is meant. Throws NotAuthorized for that of others. */
function projectOf(context: RequestContext, given: string): string {
  const project = given === 'None' ? (context.projectId ?? '') : given;
  if (project === '' || project.length > longestProject) throw badRequest(`'${given}' is no project`);
  if (!context.isAdmin && project !== context.projectId) throw new NeutronError(NotAuthorized);
  return project;
}

function requireVisible({ policy }: ApiStage, context: RequestContext, project: string): void {
  if (!policy.check(context, 'get_auto_allocated_topology', ownedBy(project))) throw new NeutronError(HTTPNotFound);
}

function ownedBy(project: string): JsonObject {
  return { project_id: project, tenant_id: project };
}

function badRequest(message: string): NeutronError {
  return new NeutronError(BadRequest, { resource: 'auto_allocate', msg: message });
}
