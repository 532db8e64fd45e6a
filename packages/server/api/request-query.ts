import type { Attribute, ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { show, toBoolean, toIp } from '@neutrino/lib/api/converters';
import { TAGGED_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import { boolean } from '@neutrino/lib/api/validators';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { badRequest } from './fault.ts';
import type { ListQuery } from './resource-handler.ts';
import type { ApiSettings } from './settings.ts';

const CONTROLS = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']);
const TAG_FILTERS = new Set(['tags', 'tags-any', 'not-tags', 'not-tags-any']);
const FIXED_IP_KEYS = ['ip_address', 'subnet_id', 'ip_address_substr'] as const;
const LARGEST_LIMIT = 2 ** 31 - 1;

/** Throws HTTPBadRequest for filters and sort keys that the resource does not have, and for values out of range. */
export function parseListQuery(resource: ResourceDeclaration, search: URLSearchParams, settings: ApiSettings): ListQuery {
  const asked = limitOf(search);
  const most = settings.paginationMaxLimit;
  const limit = most === undefined ? asked : Math.min(asked ?? most, most);
  const marker = search.get('marker');
  const fields = fieldsOf(resource, search);
  return {
    filters: filtersOf(resource, search),
    sorts: sortsOf(resource, search),
    pageReverse: booleanOf('page_reverse', search.get('page_reverse') ?? 'false'),
    ...(limit !== undefined && { limit }),
    ...(marker !== null && marker !== '' && { marker }),
    ...(fields !== undefined && { fields }),
  };
}

/** The attributes that the answer shows; undefined: all. */
export function fieldsOf({ attributes }: ResourceDeclaration, search: URLSearchParams): readonly string[] | undefined {
  const fields = search.getAll('fields').filter((field) => field !== '');
  if (fields.length === 0) return undefined;
  return fields.filter((field) => field === 'project_id' || Object.hasOwn(attributes, field));
}

function limitOf(search: URLSearchParams): number | undefined {
  const text = search.get('limit');
  if (text === null || text === '') return undefined;
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit <= LARGEST_LIMIT)) throw badRequest(`Limit must be an integer 0 or greater and not '${show(text)}'`);
  return limit === 0 ? undefined : limit;
}

function sortsOf({ attributes }: ResourceDeclaration, search: URLSearchParams): ListQuery['sorts'] {
  const keys = search.getAll('sort_key');
  const directions = search.getAll('sort_dir');
  if (directions.length !== keys.length) throw badRequest('The number of sort_keys and sort_dirs must be same');
  const sorts = keys.map((key, index) => {
    const name = key === 'project_id' ? 'tenant_id' : key;
    if (!Object.hasOwn(attributes, name) || attributes[name]?.isSortKey !== true) throw badRequest(`['${show(key)}'] is invalid attribute for sort_keys`);
    const direction = directions[index] ?? 'asc';
    if (direction !== 'asc' && direction !== 'desc') throw badRequest(`The sort_dir must be 'asc' or 'desc', not '${show(direction)}'`);
    return { key: name === 'tenant_id' ? 'project_id' : name, direction } as const;
  });
  const primary = Object.entries(attributes).find(([, attribute]) => attribute.primaryKey === true)?.[0] ?? 'id';
  return sorts.some(({ key }) => key === primary) ? sorts : [...sorts, { key: primary, direction: 'asc' }];
}

function filtersOf(resource: ResourceDeclaration, search: URLSearchParams): ListQuery['filters'] {
  const filters: Record<string, readonly Json[]> = {};
  for (const name of new Set(search.keys())) {
    if (CONTROLS.has(name)) continue;
    const values = search.getAll(name);
    const [key, converted] = filterOf(resource, name, values);
    filters[key] = converted;
  }
  return filters;
}

function filterOf({ collection, attributes }: ResourceDeclaration, name: string, values: readonly string[]): readonly [string, readonly Json[]] {
  if (TAG_FILTERS.has(name) && (TAGGED_COLLECTIONS as readonly string[]).includes(collection)) return [name, values];
  if (name === 'changed_since' && Object.hasOwn(attributes, 'updated_at')) return [name, [timestamp(values)]];
  const own = name === 'project_id' ? 'tenant_id' : name;
  const attribute = Object.hasOwn(attributes, own) ? attributes[own] : undefined;
  if (attribute?.isFilter !== true) throw badRequest(`['${show(name)}'] is invalid attribute for filtering`);
  if (own === 'tenant_id') return ['project_id', values];
  if (own === 'fixed_ips') return [own, [fixedIpsOf(values)]];
  return [own, values.map((value) => filterValue(own, value, attribute))];
}

/** As the attribute would be stored, so that every spelling of an address or a truth finds it. */
function filterValue(name: string, value: string, { type, convertTo }: Attribute): Json {
  if (type === 'boolean') return booleanOf(name, value);
  if (type === 'string') return convertTo === undefined || value === '' ? value : convertTo(value);
  if (type !== 'integer') return value;
  if (!/^-?\d{1,15}$/.test(value)) throw badRequest(`Invalid input for ${name}. Reason: '${show(value)}' is not an integer.`);
  return Number(value);
}

function booleanOf(name: string, value: string): boolean {
  const problem = boolean(value);
  if (problem !== undefined) throw badRequest(`Invalid input for ${name}. Reason: ${problem}.`);
  return toBoolean(value) === true;
}

/** `fixed_ips=ip_address=10.0.0.5&fixed_ips=subnet_id=…` */
function fixedIpsOf(values: readonly string[]): JsonObject {
  const wanted: Record<string, string[]> = {};
  for (const value of values) {
    const key = FIXED_IP_KEYS.find((each) => value.startsWith(`${each}=`));
    if (key === undefined) throw badRequest(`Invalid input for fixed_ips. Reason: '${show(value)}' is none of ${FIXED_IP_KEYS.map((each) => `${each}=…`).join(', ')}.`);
    const given = value.slice(key.length + 1).trim();
    (wanted[key] ??= []).push(key === 'ip_address' ? String(toIp(given)) : given);
  }
  return wanted;
}

function timestamp(values: readonly string[]): string {
  const [value = ''] = values;
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?Z?$/.test(value) || Number.isNaN(Date.parse(value.replace(' ', 'T')))) {
    throw badRequest(`Invalid input for changed_since. Reason: '${show(value)}' is not a time like 2026-01-02T03:04:05.`);
  }
  return value.replace(' ', 'T').slice(0, 19);
}
