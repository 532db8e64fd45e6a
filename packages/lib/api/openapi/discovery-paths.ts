import type { JsonObject } from '../../json.ts';
import type { Api } from '../build-api.ts';
import { holding } from '../routes.ts';
import { operation, pathParameter, type Paths } from './operation.ts';

const string: JsonObject = { type: 'string' };
const links: JsonObject = { type: 'array', items: holding({ rel: string, href: string }) };
const extension: JsonObject = holding({ alias: string, name: string, description: string, updated: string, links: { type: 'array' } });
const tag = 'discovery';

/** What the server tells of itself. */
export function discoveryPaths(api: Api): Paths {
  const alias = { ...pathParameter('alias'), schema: { type: 'string', examples: api.extensions.filter(({ core }) => core !== true).map((each) => each.alias) } };
  return {
    '/': {
      get: operation({
        operationId: 'list_versions', tag, open: true, summary: 'The versions of the API', status: 200,
        answer: holding({ versions: { type: 'array', items: holding({ id: string, status: string, links }) } }),
      }),
    },
    '/v2.0': {
      get: operation({
        operationId: 'list_resources', tag, open: true, summary: 'The resources of this version', status: 200,
        answer: holding({ resources: { type: 'array', items: holding({ name: string, collection: string, links }) } }),
      }),
    },
    '/v2.0/extensions': {
      get: operation({ operationId: 'list_extensions', tag, summary: 'The extensions that are loaded', status: 200, answer: holding({ extensions: { type: 'array', items: extension } }) }),
    },
    '/v2.0/extensions/{alias}': {
      get: operation({ operationId: 'show_extension', tag, summary: 'One extension', parameters: [alias], status: 200, answer: holding({ extension }) }),
    },
    '/openapi.json': {
      get: operation({ operationId: 'show_document', tag, open: true, summary: 'This document', status: 200, answer: { type: 'object' } }),
    },
  };
}
