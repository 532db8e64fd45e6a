import type { JsonObject } from '../../json.ts';
import type { Api } from '../build-api.ts';
import { pathParameters } from '../routes.ts';
import { operation, pathParameter, type Paths } from './operation.ts';

/** The paths of routes that were declared one by one. */
export function routePaths(api: Api): Paths {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const { method, path, operation: operationId, collection, summary, request, status, answer } of api.routes) {
    (paths[`/v2.0${path}`] ??= {})[method.toLowerCase()] = operation({
      operationId,
      tag: collection,
      summary,
      parameters: pathParameters(path).map(pathParameter),
      ...(request !== undefined && { request }),
      status,
      ...(answer !== undefined && { answer }),
    });
  }
  return paths;
}
