import type { JsonObject } from '../../json.ts';
import type { Attribute, ResourceDeclaration } from '../attribute.ts';
import { schemaName } from '../routes.ts';
import { givenSchema, shownSchema } from './attribute-schema.ts';

const EVERY_OPERATION = ['create', 'show', 'list', 'update', 'delete'] as const;

export function operationsOf({ operations = EVERY_OPERATION }: ResourceDeclaration): NonNullable<ResourceDeclaration['operations']> {
  return operations;
}

/** `Network` as answers show it, `NetworkCreate` and `NetworkUpdate` as requests give it. */
export function resourceSchemas(declaration: ResourceDeclaration): Readonly<Record<string, JsonObject>> {
  const { resource } = declaration;
  const name = schemaName(resource);
  const operations = operationsOf(declaration);
  return {
    // No attribute is certain: `fields` and policy leave some out.
    [name]: { type: 'object', properties: withProject(attributesWhere(declaration, ({ isVisible }) => isVisible, shownSchema)) },
    ...(operations.includes('create') && {
      [`${name}Create`]: {
        type: 'object',
        properties: withProject(attributesWhere(declaration, ({ allowPost }) => allowPost, (attribute) => givenSchema(attribute, 'create'))),
        ...requiredOf(declaration),
        additionalProperties: false,
      },
    }),
    ...(operations.includes('update') && {
      [`${name}Update`]: {
        type: 'object',
        properties: withProject(attributesWhere(declaration, ({ allowPut }) => allowPut, (attribute) => givenSchema(attribute, 'update'))),
        additionalProperties: false,
      },
    }),
  };
}

function attributesWhere({ attributes }: ResourceDeclaration, wanted: (attribute: Attribute) => boolean, schemaOf: (attribute: Attribute) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).filter(([, attribute]) => wanted(attribute)).map(([name, attribute]) => [name, schemaOf(attribute)]));
}

/** The owner goes by two names. */
function withProject(properties: JsonObject): JsonObject {
  const owner = properties['tenant_id'];
  return owner === undefined || Object.hasOwn(properties, 'project_id') ? properties : { ...properties, project_id: owner };
}

/** The owner need not be given: it is the caller's project. */
function requiredOf({ attributes }: ResourceDeclaration): JsonObject {
  const required = Object.entries(attributes).filter(([name, { allowPost, default: otherwise }]) => allowPost && otherwise === undefined && name !== 'tenant_id' && name !== 'project_id');
  return required.length === 0 ? {} : { required: required.map(([name]) => name) };
}
