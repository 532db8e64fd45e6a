import type { Attribute, AttributeMap, ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { show, toBoolean, toInteger, toIp } from '@neutrino/lib/api/converters';
import { TAGGED_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import { BadRequest, InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
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
    filters: filtersOf(resource, search, settings),
    sorts: sortsOf(resource, search),
    pageReverse: search.get('page_reverse')?.toLowerCase() === 'true',
    ...(limit !== undefined && { limit }),
    // Only pages begin after something.
    ...(limit !== undefined && marker !== null && marker !== '' && { marker }),
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
  if (!(limit <= LARGEST_LIMIT)) throw new NeutronError(BadRequest, { resource: 'limit', msg: `Limit must be an integer 0 or greater and not '${show(text)}'` });
  return limit === 0 ? undefined : limit;
}

/** The attribute that tells objects apart, and that markers name. */
export function primaryKeyOf(attributes: AttributeMap): string {
  return Object.entries(attributes).find(([, attribute]) => attribute.primaryKey === true)?.[0] ?? 'id';
}

function sortsOf({ attributes }: ResourceDeclaration, search: URLSearchParams): ListQuery['sorts'] {
  const keys = search.getAll('sort_key');
  const directions = search.getAll('sort_dir');
  if (directions.length !== keys.length) throw badRequest('The number of sort_keys and sort_dirs must be same');
  const sorts = keys.map((key, index) => {
    const name = key === 'project_id' ? 'tenant_id' : key;
    if (!Object.hasOwn(attributes, name) || attributes[name]?.isSortKey !== true) throw badRequest(`['${show(key)}'] is invalid attribute for sort_keys`);
    const direction = directions[index] ?? 'asc';
    if (direction !== 'asc' && direction !== 'desc') throw badRequest(`['${show(direction)}'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'`);
    return { key: name === 'tenant_id' ? 'project_id' : name, direction } as const;
  });
  const primary = primaryKeyOf(attributes);
  // What is sorted by once is in that order: a key that comes again says nothing, and would cost much with a marker.
  return [...sorts, { key: primary, direction: 'asc' } as const].filter(({ key }, index, all) => all.findIndex((other) => other.key === key) === index);
}

function filtersOf(resource: ResourceDeclaration, search: URLSearchParams, { filterValidation }: ApiSettings): ListQuery['filters'] {
  const filters: Record<string, readonly Json[]> = {};
  const unknown: string[] = [];
  for (const name of new Set(search.keys())) {
    if (CONTROLS.has(name)) continue;
    const filter = filterOf(resource, name, search.getAll(name));
    if (filter === undefined) unknown.push(name);
    else filters[filter[0]] = filter[1];
  }
  if (filterValidation && unknown.length > 0) throw badRequest(`${show(unknown)} is invalid attribute for filtering`);
  return filters;
}

/** Undefined where the resource has no such filter. */
function filterOf({ collection, attributes }: ResourceDeclaration, name: string, values: readonly string[]): readonly [string, readonly Json[]] | undefined {
  if (TAG_FILTERS.has(name) && (TAGGED_COLLECTIONS as readonly string[]).includes(collection)) return [name, values];
  if (name === 'changed_since' && Object.hasOwn(attributes, 'updated_at')) return [name, [timestamp(values)]];
  const own = name === 'project_id' ? 'tenant_id' : name;
  const attribute = Object.hasOwn(attributes, own) ? attributes[own] : undefined;
  if (attribute?.isFilter !== true) return undefined;
  if (own === 'tenant_id') return ['project_id', values];
  if (own === 'fixed_ips') return [own, [fixedIpsOf(values)]];
  return [own, [...new Set(values.map((value) => filterValue(value, attribute)))]];
}

/** As the attribute would be stored, so that every spelling of an address or a truth finds it. */
function filterValue(value: string, { type, convertTo }: Attribute): Json {
  if (type === 'boolean') return toBoolean(value);
  if (type === 'string') return convertTo === undefined || value === '' ? value : convertTo(value);
  if (type !== 'integer') return value;
  return toInteger(value);
}

/** `fixed_ips=ip_address=10.0.0.5&fixed_ips=subnet_id=…` */
function fixedIpsOf(values: readonly string[]): JsonObject {
  const wanted: Record<string, string[]> = {};
  for (const value of values) {
    const key = FIXED_IP_KEYS.find((each) => value.startsWith(`${each}=`));
    if (key === undefined) throw invalid(value.includes('=') ? `'${show(value)}' is none of ${FIXED_IP_KEYS.map((each) => `${each}=…`).join(', ')}` : `'${show(value)}' is not of the form <key>=[value]`);
    const given = value.slice(key.length + 1).trim();
    (wanted[key] ??= []).push(key === 'ip_address' ? String(toIp(given)) : given);
  }
  return wanted;
}

/** ISO 8601; a time without a zone is UTC. The first of several counts. */
function timestamp(values: readonly string[]): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:[.,]\d+)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/.exec(values[0] ?? '');
  const [, day = '', minutes = '00:00', seconds = ':00', zone = 'Z'] = match ?? [];
  const time = new Date(`${day}T${minutes}${seconds}${/^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  if (Number.isNaN(time.getTime())) throw invalid('The input changed_since must be in the following format: YYYY-MM-DDTHH:MM:SSZ');
  return time.toISOString().slice(0, 19);
}

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
