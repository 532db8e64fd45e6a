import type { FastifyInstance } from 'fastify';
import { baseUrl } from './caller.ts';

/** Where the catalogue's compute service is. */
export const NO_COMPUTE_PATH = '/compute/v2.1';

/**
 * There is no compute service on this machine. But openstackclient asks the catalogue for one before it shows
 * or sets a quota of networks, so there is this: it says that compute limits nothing, and knows nothing else.
 * https://docs.openstack.org/api-ref/compute/#quota-sets-os-quota-sets
 */
export function registerNoComputeRoutes(app: FastifyInstance): void {
  app.get(NO_COMPUTE_PATH, (request) => ({
    version: { id: 'v2.1', status: 'CURRENT', version: '', min_version: '', links: [{ rel: 'self', href: `${baseUrl(request)}${NO_COMPUTE_PATH}/` }] },
  }));
  for (const form of ['', '/defaults', '/detail']) {
    app.get<{ Params: { project: string } }>(`${NO_COMPUTE_PATH}/os-quota-sets/:project${form}`, (request) => ({ quota_set: { id: request.params.project } }));
  }
  app.all(`${NO_COMPUTE_PATH}/*`, (_request, reply) =>
    reply.code(404).send({ itemNotFound: { code: 404, message: 'There is no compute service on this machine: "neutrino instance" makes instances.' } }),
  );
}
