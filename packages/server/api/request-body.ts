import { ATTR_NOT_SPECIFIED, type Attribute, type ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import { badRequest } from './fault.ts';

export interface CreateRequest {
  readonly bodies: readonly JsonObject[];
  /** `{"ports": [...]}` rather than `{"port": {...}}`: the answer has the same form. */
  readonly isBulk: boolean;
}

/** What POST asks for: validated, converted, defaults filled in, the owner set. Throws BadRequest errors. */
export function parseCreate(resource: ResourceDeclaration, context: RequestContext, body: Json | undefined): CreateRequest {
  const { items, isBulk } = unwrapCreate(resource, body);
  return { isBulk, bodies: items.map((item) => createBody(resource, context, item)) };
}

/** What PUT asks for: what it gives, validated and converted, and nothing else. */
export function parseUpdate(resource: ResourceDeclaration, body: Json | undefined): JsonObject {
  if (isJsonObject(body) && Object.hasOwn(body, resource.collection)) throw badRequest('Bulk operation not supported');
  const given = withOneOwner(unwrap(body, resource.resource));
  refuse(resource, given, ({ allowPut }) => allowPut, (name) => `Cannot update read-only attribute ${name}`);
  return converted(resource, given);
}

function unwrap(body: Json | undefined, name: string): JsonObject {
  if (body === undefined || body === null) throw badRequest('Resource body required');
  if (!isJsonObject(body)) throw badRequest('Body contains invalid data');
  const item = Object.hasOwn(body, name) ? body[name] : undefined;
  if (item === undefined || item === null) throw badRequest(`Unable to find '${name}' in request body`);
  if (!isJsonObject(item)) throw badRequest(`Object '${name}' contains invalid data`);
  if (Object.keys(body).length > 1) throw badRequest(`The request body holds more than '${name}'`);
  return item;
}

function unwrapCreate({ collection, resource }: ResourceDeclaration, body: Json | undefined): { readonly items: readonly JsonObject[]; readonly isBulk: boolean } {
  if (!isJsonObject(body) || !Object.hasOwn(body, collection)) return { items: [unwrap(body, resource)], isBulk: false };
  const items = body[collection];
  if (!Array.isArray(items) || items.length === 0) throw badRequest('Resources required');
  return {
    isBulk: true,
    // Each item may be wrapped once more, as old clients do.
    items: items.map((item: Json) => unwrap({ [resource]: isJsonObject(item) && isJsonObject(item[resource]) ? item[resource] : item }, resource)),
  };
}

function createBody(resource: ResourceDeclaration, context: RequestContext, item: JsonObject): JsonObject {
  const given = withOwner(resource, context, withOneOwner(item));
  refuse(resource, given, ({ allowPost }) => allowPost, (name) => `Attribute '${name}' not allowed in POST`);
  const body: Record<string, Json> = {};
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    if (!attribute.allowPost || Object.hasOwn(given, name)) continue;
    if (attribute.default === undefined) throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`);
    if (attribute.default !== ATTR_NOT_SPECIFIED) body[name] = attribute.default;
  }
  return { ...body, ...converted(resource, given) };
}

/** tenant_id and project_id are one attribute under two names; inside, both are always given. */
function withOneOwner(given: JsonObject): JsonObject {
  if (!Object.hasOwn(given, 'project_id')) return given;
  const { project_id: project, ...others } = given;
  if (Object.hasOwn(given, 'tenant_id') && given['tenant_id'] !== project) throw badRequest("'project_id' and 'tenant_id' do not match");
  return { ...others, tenant_id: project };
}

function withOwner({ attributes }: ResourceDeclaration, context: RequestContext, given: JsonObject): JsonObject {
  if (!Object.hasOwn(attributes, 'tenant_id')) return given;
  const own = context.projectId;
  if (!Object.hasOwn(given, 'tenant_id')) {
    if (own === undefined) throw badRequest('Running without keystone AuthN requires that tenant_id is specified');
    return { ...given, tenant_id: own };
  }
  if (!context.isAdmin && given['tenant_id'] !== own) {
    throw badRequest("Specifying 'project_id' or 'tenant_id' other than the authenticated project in request is not allowed for the current user");
  }
  return given;
}

function refuse({ attributes }: ResourceDeclaration, given: JsonObject, allowed: (attribute: Attribute) => boolean, reason: (name: string) => string): void {
  const names = Object.keys(given);
  const unknown = names.filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.slice(0, 10).map((name) => name.slice(0, 80)).join(', ')}'`);
  const forbidden = names.find((name) => {
    const attribute = attributes[name];
    return attribute !== undefined && !allowed(attribute);
  });
  if (forbidden !== undefined) throw badRequest(reason(forbidden));
}

function converted({ attributes }: ResourceDeclaration, given: JsonObject): JsonObject {
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(given)) {
    const attribute = attributes[name];
    if (attribute === undefined || value === undefined) continue;
    body[name] = convertedValue(name, attribute, value);
    if (name === 'tenant_id') body['project_id'] = body[name];
  }
  return body;
}

/** Converted first, as in Neutron: which of the two refuses a value decides the type of the error. */
function convertedValue(name: string, { validate, convertTo }: Attribute, value: Json): Json {
  const converted = convertTo === undefined ? value : convertTo(value);
  const wrong = validate?.(converted);
  if (wrong !== undefined) throw badRequest(`Invalid input for ${name}. Reason: ${wrong}.`);
  return converted;
}
