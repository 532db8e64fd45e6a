import type { JsonObject } from '../../json.ts';
import type { ResourceDeclaration } from '../attribute.ts';
import type { Api } from '../build-api.ts';
import { collectionPath } from '../collection-path.ts';
import { listOfResource, oneOfResource, pathParameters, schemaName } from '../routes.ts';
import { operation, pathParameter, type Paths } from './operation.ts';
import { fieldsParameter, listParameters } from './query-parameters.ts';
import { operationsOf } from './resource-schemas.ts';

type OperationName = 'create' | 'show' | 'list' | 'update' | 'delete';

/** The paths that one declaration makes. */
export function resourcePaths(api: Api, declaration: ResourceDeclaration): Paths {
  const { collection, parent } = declaration;
  const all = `/v2.0${parent === undefined ? '' : `/${collectionPath(parent.collection)}/{${parent.resource}_id}`}/${collectionPath(collection)}`;
  const one = `${all}/{${keyName(declaration)}}`;
  const methods: Record<string, Record<string, JsonObject>> = {};
  for (const name of operationsOf(declaration)) {
    const [path, method] = { list: [all, 'get'], create: [all, 'post'], show: [one, 'get'], update: [one, 'put'], delete: [one, 'delete'] }[name] as [string, string];
    (methods[path] ??= {})[method] = describe[name]({ api, declaration, path });
  }
  return methods;
}

interface Description {
  readonly api: Api;
  readonly declaration: ResourceDeclaration;
  readonly path: string;
}

const describe: Readonly<Record<OperationName, (description: Description) => JsonObject>> = {
  list: ({ declaration, path }) =>
    operation({
      ...naming('list', declaration),
      summary: `The ${inWords(declaration.collection)} that the caller may see`,
      parameters: [...pathParameters(path).map(pathParameter), ...listParameters(declaration)],
      status: 200,
      answer: withLinks(declaration),
    }),
  create: ({ declaration, path }) =>
    operation({
      ...naming('create', declaration),
      summary: `Make one ${inWords(declaration.resource)}, or several at once`,
      parameters: pathParameters(path).map(pathParameter),
      request: oneOrMany(declaration, `${schemaName(declaration.resource)}Create`),
      status: 201,
      answer: oneOrMany(declaration, schemaName(declaration.resource)),
    }),
  show: ({ declaration, path }) =>
    operation({
      ...naming('show', declaration),
      summary: `One ${inWords(declaration.resource)}`,
      parameters: [...pathParameters(path).map(pathParameter), fieldsParameter(declaration)],
      status: 200,
      answer: oneOfResource(declaration.resource),
    }),
  update: ({ api, declaration, path }) =>
    operation({
      ...naming('update', declaration),
      summary: `Change attributes of one ${inWords(declaration.resource)}`,
      parameters: [...pathParameters(path).map(pathParameter), ...ifMatch(api, declaration)],
      request: {
        type: 'object', required: [declaration.resource], additionalProperties: false,
        properties: { [declaration.resource]: { $ref: `#/components/schemas/${schemaName(declaration.resource)}Update` } },
      },
      status: 200,
      answer: oneOfResource(declaration.resource),
    }),
  delete: ({ api, declaration, path }) =>
    operation({
      ...naming('delete', declaration),
      summary: `Remove one ${inWords(declaration.resource)}`,
      parameters: [...pathParameters(path).map(pathParameter), ...ifMatch(api, declaration)],
      status: 204,
    }),
};

function naming(verb: OperationName, { collection, resource, parent }: ResourceDeclaration): { readonly operationId: string; readonly tag: string } {
  const of = parent === undefined ? '' : `${parent.resource}_`;
  return { operationId: `${verb}_${of}${(verb === 'list' ? collection : resource).replaceAll('-', '_')}`, tag: parent?.collection ?? collection };
}

function withLinks({ collection, resource }: ResourceDeclaration): JsonObject {
  const list = listOfResource(collection, resource);
  return { ...list, properties: { ...(list['properties'] as JsonObject), [`${collection}_links`]: { $ref: '#/components/schemas/Links' } } };
}

function oneOrMany({ collection, resource }: ResourceDeclaration, schema: string): JsonObject {
  const reference = { $ref: `#/components/schemas/${schema}` };
  return {
    oneOf: [
      { type: 'object', properties: { [resource]: reference }, required: [resource], additionalProperties: false },
      { type: 'object', properties: { [collection]: { type: 'array', items: reference, minItems: 1 } }, required: [collection], additionalProperties: false },
    ],
  };
}

function ifMatch(api: Api, { attributes }: ResourceDeclaration): readonly JsonObject[] {
  const isLoaded = api.extensions.some(({ alias }) => alias === 'revision-if-match');
  return isLoaded && Object.hasOwn(attributes, 'revision_number') ? [{ $ref: '#/components/parameters/IfMatch' }] : [];
}

function keyName({ resource, attributes }: ResourceDeclaration): string {
  const key = Object.entries(attributes).find(([, { primaryKey }]) => primaryKey === true)?.[0] ?? 'id';
  return key === 'id' ? `${resource.replaceAll('-', '_')}_id` : key;
}

function inWords(name: string): string {
  return name.replaceAll(/[_-]/g, ' ');
}
