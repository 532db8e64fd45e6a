import type { JsonObject } from '../json.ts';
import type { ExtensionDeclaration } from './attribute.ts';

/** The usual forms of bodies and answers, for declarations of routes. */

/** `{"port": {…}}`, as the resource's own declaration has it. */
export function oneOfResource(resource: string): JsonObject {
  return holding({ [resource]: resourceReference(resource) });
}

/** `{"ports": [{…}]}`. */
export function listOfResource(collection: string, resource: string): JsonObject {
  return holding({ [collection]: { type: 'array', items: resourceReference(resource) } });
}

/** An object that has these members. */
export function holding(properties: Readonly<Record<string, JsonObject>>): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties) };
}

function resourceReference(resource: string): JsonObject {
  return { $ref: `#/components/schemas/${schemaName(resource)}` };
}

/** security_group → SecurityGroup. */
export function schemaName(resource: string): string {
  return resource.split(/[_-]/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

/** The names of a path's parameters, in order. */
export function pathParameters(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

export type Routes = NonNullable<ExtensionDeclaration['routes']>;
