import { ExtensionNotFound } from '@neutrino/lib/exceptions/generic';
import type { ExtensionDeclaration } from '@neutrino/lib/api/attribute';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance } from 'fastify';
import type { ApiStage } from './api-stage.ts';
import { contextOf } from './api-stage.ts';
import { linkBase } from './request-url.ts';

/** What the server can do: versions (asked before logging in), resources, extensions. */
export function addDiscoveryRoutes(app: FastifyInstance, stage: ApiStage): void {
  app.get('/', (request) => ({
    versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${linkBase(request, stage.settings)}/v2.0/` }] }],
  }));
  app.get('/v2.0', (request) => {
    const base = linkBase(request, stage.settings);
    const resources = stage.api.resources.filter(({ parent }) => parent === undefined);
    return {
      resources: resources.map(({ resource, collection }) => ({
        links: [{ rel: 'self', href: `${base}/v2.0/${collectionPath(collection)}` }],
        name: resource,
        collection,
      })),
    };
  });
  app.get('/v2.0/extensions', async (request) => {
    await contextOf(stage, request);
    return { extensions: advertised(stage).map(extensionView) };
  });
  app.get<{ Params: { alias: string } }>('/v2.0/extensions/:alias', async (request) => {
    await contextOf(stage, request);
    const extension = advertised(stage).find(({ alias }) => alias === request.params.alias);
    if (extension === undefined) throw new NeutronError(ExtensionNotFound, { alias: request.params.alias });
    return { extension: extensionView(extension) };
  });
}

function advertised(stage: ApiStage): readonly ExtensionDeclaration[] {
  return stage.api.extensions.filter(({ core }) => core !== true);
}

function extensionView({ alias, name, description, updated }: ExtensionDeclaration): JsonObject {
  return { alias, name, description, updated, links: [] };
}
