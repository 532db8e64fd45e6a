import { isJsonObject, type JsonObject } from '../../json.ts';
import { version } from '../../version.ts';
import type { Api } from '../build-api.ts';
import { commonComponents } from './common-components.ts';
import { discoveryPaths } from './discovery-paths.ts';
import type { Paths } from './operation.ts';
import { resourcePaths } from './resource-paths.ts';
import { resourceSchemas } from './resource-schemas.ts';
import { routePaths } from './route-paths.ts';

/**
 * The API as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1), made from what is declared: every path,
 * parameter, body, answer and error of the extensions that are loaded.
 */
export function openApiDocument(api: Api): JsonObject {
  const paths = merged([discoveryPaths(api), ...api.resources.map((resource) => resourcePaths(api, resource)), routePaths(api)]);
  const collections = [...new Set([...api.resources.filter(({ parent }) => parent === undefined).map(({ collection }) => collection), ...api.routes.map(({ collection }) => collection)])];
  const common = commonComponents();
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenStack Networking',
      summary: 'The Neutron v2.0 API, as this server has it.',
      description: `Extensions: ${api.extensions.filter(({ core }) => core !== true).map(({ alias }) => alias).toSorted().join(', ')}.`,
      version: `2.0 (neutrino ${version})`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [{ name: 'discovery', description: 'What the server can do.' }, ...collections.map((name) => ({ name }))],
    paths,
    components: { ...common, schemas: Object.fromEntries([common['schemas'], ...api.resources.map(resourceSchemas)].filter(isJsonObject).flatMap((schemas) => Object.entries(schemas))) },
  };
}

function merged(parts: readonly Paths[]): Paths {
  const all: Record<string, Record<string, JsonObject>> = {};
  for (const [path, methods] of parts.flatMap((part) => Object.entries(part))) {
    for (const [method, operation] of Object.entries(methods)) {
      const known = (all[path] ??= {});
      if (known[method] !== undefined) throw new Error(`${method} ${path} is declared twice`);
      known[method] = operation;
    }
  }
  return all;
}
