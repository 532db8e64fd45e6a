import { uuid } from '@neutrino/lib/api/validators';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { FlavorProfiles } from '../services/flavors/flavor-profiles.ts';
import { authorizedContext, type ApiStage } from './api-stage.ts';
import { badRequest } from './fault.ts';
import { createShape } from './response-shape.ts';

type OfFlavor = { Params: { flavor: string; profile: string } };

/** `/flavors/{id}/service_profiles` and `/flavors/{id}/next_providers` (extension flavors). */
export function addFlavorRoutes(app: FastifyInstance, stage: ApiStage, profiles: FlavorProfiles): void {
  app.get<OfFlavor>('/flavors/:flavor/service_profiles', async (request) => {
    const context = await authorizedContext(stage, request, 'get_flavor_service_profile');
    const bound = await profiles.list(request.params.flavor);
    // Profiles are an administrator's to see; which there are is not.
    const shape = stage.policy.check(context, 'get_service_profile', {})
      ? createShape(stage.api.resource('service_profiles'), { policy: stage.policy, context })
      : (profile: { readonly id?: Json }) => ({ id: profile.id });
    return { service_profiles: bound.map((profile) => shape(profile)) };
  });
  app.post<OfFlavor>('/flavors/:flavor/service_profiles', async (request, reply) => {
    await authorizedContext(stage, request, 'create_flavor_service_profile');
    const id = profileIn(request.body);
    await profiles.add(request.params.flavor, id);
    return reply.code(201).send({ service_profile: { id } });
  });
  app.delete<OfFlavor>('/flavors/:flavor/service_profiles/:profile', async (request, reply) => {
    await authorizedContext(stage, request, 'delete_flavor_service_profile');
    await profiles.remove(request.params.flavor, request.params.profile);
    return reply.code(204).send();
  });
  app.get<OfFlavor>('/flavors/:flavor/next_providers', async (request) => {
    await authorizedContext(stage, request, 'get_flavor');
    const { driver, name } = await profiles.nextProvider(request.params.flavor);
    return { next_providers: [{ driver, provider: name }] };
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
