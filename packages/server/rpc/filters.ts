import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { invalidArgument } from './arguments.ts';

/**
 * Filters as agents send them — `{attribute: value | [values]}`, and `{fixed_ips: {ip_address: [...], subnet_id: [...]}}` —
 * in the form that handlers take. An attribute without values does not filter, as in Neutron.
 */
export function agentFilters(value: Json | undefined): Record<string, readonly Json[]> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalidArgument('filters', 'an object');
  const filters = Object.entries(value).map(([attribute, given]) => [attribute, attribute === 'fixed_ips' ? fixedIpFilters(given) : listOf(given)] as const);
  return Object.fromEntries(filters.filter(([, values]) => values.length > 0));
}

function fixedIpFilters(given: Json | undefined): readonly Json[] {
  if (!isJsonObject(given)) return listOf(given);
  return Object.entries(given).flatMap(([member, values]) => listOf(values).map((value) => `${member}=${String(value)}`));
}

function listOf(given: Json | undefined): readonly Json[] {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given];
}

/** Only the attributes asked for; all where none are. */
export function onlyFields(object: JsonObject, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return object;
  return Object.fromEntries(fields.filter((field) => field in object).map((field) => [field, object[field]]));
}
