import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { GeneratedRequest } from './generated-requests.ts';
import type { KnownObjects } from './known-objects.ts';

export interface GivenAnswer {
  readonly status: number;
  readonly text: string;
  readonly milliseconds: number;
}

const SLOWEST_MS = 2000;

/** Says what is wrong with an answer: undefined where nothing is. */
export type Judge = (request: GeneratedRequest, answer: GivenAnswer) => string | undefined;

/** Judges by status, time, shape (the document's schemas) and by what the caller may know. */
export function judge(document: JsonObject, known: KnownObjects): Judge {
  const schemaOf = schemas(document);
  return (request, answer) => {
    const { status, text, milliseconds } = answer;
    if (status >= 500) return `status ${status}`;
    if (milliseconds > SLOWEST_MS) return `${Math.round(milliseconds)} ms`;
    let body: Json;
    try {
      body = text === '' ? {} : (JSON.parse(text) as Json);
    } catch {
      return 'an answer that is not JSON';
    }
    if (status >= 400) return wrongError(body) ?? leak(request, answer, body, known);
    const valid = schemaOf(request.template, request.method.toLowerCase(), status);
    if (valid === 'unknown') return `status ${status}, which the document does not know`;
    if (valid !== undefined && !valid(body)) return `not as the document says: ${JSON.stringify(valid.errors?.slice(0, 2).map(({ instancePath, message, params }) => [instancePath, message, params]))}`;
    return leak(request, answer, body, known);
  };
}

function wrongError(body: Json): string | undefined {
  const error = isJsonObject(body) ? body['NeutronError'] : undefined;
  const isRight = isJsonObject(error) && typeof error['type'] === 'string' && typeof error['message'] === 'string' && error['message'] !== '' && typeof error['detail'] === 'string';
  return isRight ? undefined : 'an error that has not the shape of errors';
}

/** What of other projects an answer tells to somebody who is no administrator, or lets them change. */
function leak(request: GeneratedRequest, { status }: GivenAnswer, body: Json, known: KnownObjects): string | undefined {
  const { persona, method, path, template } = request;
  if (persona.roles.includes('admin')) return undefined;
  const asked = decodeURIComponent(path.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25')) + JSON.stringify(request.body ?? null);
  const told = known.foreignIds(JSON.stringify(withoutReferences(body)), persona.project).filter((id) => !asked.includes(id));
  if (told.length > 0) return `tells of ${told.join(', ')}, which is not ${persona.name}'s`;
  if (status >= 300) return undefined;
  const named = known.foreignIds(path.split('?')[0] ?? '', persona.project);
  if (named.length > 0) return `${method === 'GET' ? 'shows' : 'lets change'} ${named.join(', ')}, which is not ${persona.name}'s`;
  if (template.includes('{project_id}') && !path.includes(`/${persona.project}`)) return "shows another project's quotas";
  const used = known.foreignIds(JSON.stringify(request.body ?? null), persona.project);
  if (used.length > 0 && method !== 'GET') return `lets use ${used.join(', ')}, which is not ${persona.name}'s`;
  const owners = foreignOwners(body, persona.project, known);
  const secretive = owners.filter((owner) => !known.sharesSomething(owner));
  return secretive.length > 0 ? `shows objects of ${secretive.join(', ')}` : undefined;
}

/**
 * The answer without what objects refer to: an administrator may have named another's group or scope in one's own object, and
 * who owns a network sees the ports that others have on it, and so the ids of their groups. That people cannot refer to
 * what is not theirs is judged by their requests.
 */
function withoutReferences(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withoutReferences(item));
  if (!isJsonObject(value)) return value;
  const isReference = (name: string, member: Json | undefined): boolean =>
    (name.endsWith('_id') && name !== 'project_id' && name !== 'tenant_id') || (name === 'security_groups' && Array.isArray(member) && typeof member[0] === 'string');
  const members = Object.entries(value).filter(([name, member]) => !isReference(name, member));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutReferences(member ?? null)]));
}

/** The other projects that own what is shown, but for objects that are known to be shared. */
function foreignOwners(value: Json, project: string, known: KnownObjects): readonly string[] {
  if (Array.isArray(value)) return [...new Set((value as readonly Json[]).flatMap((item) => foreignOwners(item, project, known)))];
  if (!isJsonObject(value)) return [];
  const isJudged = typeof value['id'] === 'string' && !known.isForeign(value['id'], project);
  const own = isJudged ? [] : [value['project_id'], value['tenant_id']].filter((owner): owner is string => typeof owner === 'string' && owner !== '' && owner !== project);
  return [...new Set([...own, ...Object.values(value).flatMap((member) => foreignOwners(member ?? null, project, known))])];
}

type SchemaOf = (template: string, method: string, status: number) => ValidateFunction | 'unknown' | undefined;

function schemas(document: JsonObject): SchemaOf {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
  addFormats.default(ajv);
  ajv.addFormat('cidr', true);
  ajv.addSchema(document, 'api');
  const compiled = new Map<string, ReturnType<SchemaOf>>();
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  return (template, method, status) => {
    const key = `${method} ${template} ${status}`;
    if (!compiled.has(key)) {
      const answer = (paths[template]?.[method]?.['responses'] as JsonObject | undefined)?.[String(status)];
      const pointer = ['paths', template, method, 'responses', String(status), 'content', 'application/json', 'schema'].map((each) => encodeURIComponent(each.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
      const has = isJsonObject(answer) && isJsonObject(answer['content']);
      compiled.set(key, answer === undefined ? 'unknown' : has ? ajv.compile({ $ref: `api#/${pointer}` }) : undefined);
    }
    return compiled.get(key);
  };
}
