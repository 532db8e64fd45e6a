import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { spoilt, strangeValue, uuid, validValue, type ValueSources } from './generated-values.ts';
import type { KnownObjects } from './known-objects.ts';
import type { Choice } from './seeded-choice.ts';

/** Who asks: a project, and the roles that the caller has there. */
export interface Persona {
  readonly name: string;
  readonly project: string;
  readonly roles: readonly string[];
}

export interface GeneratedRequest {
  readonly persona: Persona;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: Json;
  readonly headers: Readonly<Record<string, string>>;
  /** The path as the document has it. */
  readonly template: string;
}

interface Operation {
  readonly template: string;
  readonly method: string;
  readonly parameters: readonly JsonObject[];
  readonly body: JsonObject | undefined;
  readonly weight: number;
}

const WEIGHTS: Readonly<Record<string, number>> = { list: 5, show: 5, create: 12, update: 8, delete: 2, add: 3, remove: 2, replace: 2 };

/** Makes one request after another of an OpenAPI document. */
export function requestGenerator(document: JsonObject, personas: readonly Persona[], known: KnownObjects, choice: Choice): () => GeneratedRequest {
  const resolve = (reference: string): JsonObject => reference.split('/').slice(1).reduce<JsonObject>((at, name) => at[name.replaceAll('~1', '/')] as JsonObject, document);
  const operations = operationsOf(document, resolve);
  const weighted = operations.map((operation) => [operation.weight, operation] as const);
  return () => {
    const persona = choice.of(personas);
    const operation = choice.weighted(weighted);
    const sources: ValueSources = { choice, known, project: persona.project, resolve };
    const { template, method } = operation;
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pathValue(template, name, sources, personas)));
    const query = queryOf(operation, sources);
    const headers = choice.percent(4) ? { 'If-Match': choice.of(['revision_number=0', 'revision_number=3', 'revision_number=', 'nonsense', '"revision_number=1"']) } : {};
    return { persona, method, template, headers, path: query === '' ? path : `${path}?${query}`, ...bodyOf(operation, sources) };
  };
}

function operationsOf(document: JsonObject, resolve: (reference: string) => JsonObject): readonly Operation[] {
  return Object.entries(document['paths'] as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const parameters = ((operation['parameters'] ?? []) as readonly JsonObject[]).map((each) => (typeof each['$ref'] === 'string' ? resolve(each['$ref']) : each));
      const content = isJsonObject(operation['requestBody']) ? ((operation['requestBody']['content'] as JsonObject)['application/json'] as JsonObject)['schema'] : undefined;
      const [verb = ''] = String(operation['operationId']).split('_');
      const isCore = /^\/v2\.0\/(networks|subnets|ports|security-groups|security-group-rules|subnetpools)(\/\{\w+\})?$/.test(template);
      return { template, method: method.toUpperCase(), parameters, body: content as JsonObject | undefined, weight: (WEIGHTS[verb] ?? 1) * (isCore ? 4 : 1) };
    }),
  );
}

/** An id that is there and one's own, somebody else's, of another kind, or nonsense. */
function pathValue(template: string, name: string, { choice, known, project }: ValueSources, personas: readonly Persona[]): string {
  if (name === 'project_id') return choice.weighted([[6, project], [3, choice.of(personas).project], [1, 'nonsense']]);
  if (name === 'host') return choice.weighted([[3, 'host-1'], [3, 'host-2'], [1, 'nonsense'], [1, ' ']]);
  if (name === 'tag') return choice.percent(50) ? 'red' : choice.of(['red', 'blue', '☂', 'x y', 'a,b', 'x'.repeat(61), 'x'.repeat(256), '%2F', "'"]);
  if (name === 'alias') return choice.of(['quotas', 'binding', 'nonsense']);
  const segment = template.split('/').find((_, index, all) => all[index + 1] === `{${name}}`) ?? '';
  // Some collections are of things of another: what a network has left is found by the network's id.
  const collection = name === 'network_id' ? 'networks' : segment.replaceAll('-', '_');
  const own = known.idsOf(collection, project);
  const all = known.ids(collection);
  return choice.weighted<() => string>([
    [12, () => (own.length > 0 ? choice.of(own) : uuid(choice))],
    [6, () => (all.length > 0 ? choice.of(all) : uuid(choice))],
    [1, () => uuid(choice)],
    [1, () => choice.of(['nonsense', '%', '☂', ' ', "'", '0', '-1', 'x'.repeat(300), 'None', known.ids('networks')[0] ?? 'x'])],
  ])();
}

function queryOf({ parameters }: Operation, sources: ValueSources): string {
  const { choice } = sources;
  const query = new URLSearchParams();
  const possible = parameters.filter((parameter) => parameter['in'] === 'query');
  if (possible.length === 0) {
    if (choice.percent(2)) query.append('nonsense', '1');
    return query.toString();
  }
  for (let count = choice.weighted([[5, 0], [5, 1], [3, 2], [1, 4]]); count > 0; count -= 1) {
    const { name, schema } = choice.of(possible) as { readonly name: string; readonly schema: JsonObject };
    const value = name === 'limit' ? choice.of([0, 1, 2, 10]) : validValue(schema, name, sources);
    const given = choice.percent(15) ? [strangeValue(choice)] : Array.isArray(value) ? (value as readonly Json[]) : [value];
    for (const each of given) query.append(name, textOf(each));
    if (name === 'sort_key' && choice.percent(80)) for (const _ of given) query.append('sort_dir', choice.of(['asc', 'desc']));
  }
  if (choice.percent(3)) query.append(choice.of(['nonsense', '__proto__', 'constructor', 'id; drop', '☂']), textOf(strangeValue(choice)));
  return query.toString().slice(0, 8000).replace(/%[0-9A-F]?$/, '');
}

function textOf(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.isWellFormed() ? text : 'x';
}

function bodyOf({ method, body }: Operation, sources: ValueSources): { readonly body?: Json } {
  const { choice } = sources;
  if (body === undefined) return method !== 'GET' && choice.percent(3) ? { body: strangeValue(choice) } : {};
  const value = validValue(body, '', sources);
  if (choice.percent(65)) return { body: value };
  return choice.percent(90) ? { body: spoilt(value, choice) } : { body: strangeValue(choice) };
}
