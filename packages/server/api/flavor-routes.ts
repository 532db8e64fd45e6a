import { uuid } from '@neutrino/lib/api/validators';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestContext } from '../context.ts';
import type { FlavorProfiles } from '../services/flavors/flavor-profiles.ts';
import { contextOf, type ApiStage } from './api-stage.ts';
import { badRequest } from './fault.ts';
import { createShape } from './response-shape.ts';

type OfFlavor = { Params: { flavor: string; profile: string } };

/** `/flavors/{id}/service_profiles` and `/flavors/{id}/next_providers` (extension flavors). */
export function addFlavorRoutes(app: FastifyInstance, stage: ApiStage, profiles: FlavorProfiles): void {
  const allowed = async (request: FastifyRequest, action: string): Promise<RequestContext> => {
    const context = await contextOf(stage, request);
    if (!stage.policy.check(context, action, {})) throw new NeutronError(PolicyNotAuthorized, { rule: `rule:${action}` });
    return context;
  };
  app.get<OfFlavor>('/flavors/:flavor/service_profiles', async (request) => {
    const context = await allowed(request, 'get_flavor_service_profile');
    const bound = await profiles.list(request.params.flavor);
    // Profiles are an administrator's to see; which there are is not.
    const shape = stage.policy.check(context, 'get_service_profile', {})
      ? createShape(stage.api.resource('service_profiles'), { policy: stage.policy, context })
      : (profile: { readonly id?: Json }) => ({ id: profile.id });
    return { service_profiles: bound.map((profile) => shape(profile)) };
  });
  app.post<OfFlavor>('/flavors/:flavor/service_profiles', async (request, reply) => {
    await allowed(request, 'create_flavor_service_profile');
    const id = profileIn(request.body);
    await profiles.add(request.params.flavor, id);
    return reply.code(201).send({ service_profile: { id } });
  });
  app.delete<OfFlavor>('/flavors/:flavor/service_profiles/:profile', async (request, reply) => {
    await allowed(request, 'delete_flavor_service_profile');
    await profiles.remove(request.params.flavor, request.params.profile);
    return reply.code(204).send();
  });
  app.get<OfFlavor>('/flavors/:flavor/next_providers', async (request) => {
    await allowed(request, 'get_flavor');
    return { next_providers: [await profiles.nextProvider(request.params.flavor)] };
  });
}

function profileIn(body: unknown): string {
  const profile = isJsonObject(body) && Object.hasOwn(body, 'service_profile') ? body['service_profile'] : undefined;
  if (!isJsonObject(profile)) throw badRequest("Unable to find 'service_profile' in request body");
  const id = Object.hasOwn(profile, 'id') ? profile['id'] : undefined;
  if (id === undefined) throw badRequest("Failed to parse request. Required attribute 'id' not specified");
  const wrong = uuid(id);
  if (wrong !== undefined) throw badRequest(`Invalid input for id. Reason: ${wrong}.`);
  return String(id);
}
