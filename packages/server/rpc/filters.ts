import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { invalidArgument } from './arguments.ts';

/**
 * Filters as agents send them — `{attribute: value | [values]}`, and `{fixed_ips: {ip_address: [...], subnet_id: [...]}}` —
 * in the form that handlers take. An attribute with no values matches nothing, as in Neutron: a list that came out
 * empty must not show everything.
 */
export function agentFilters(value: Json | undefined): Record<string, readonly Json[]> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalidArgument('filters', 'an object');
  return Object.fromEntries(Object.entries(value).map(([attribute, given]) => [attribute, attribute === 'fixed_ips' ? fixedIpFilters(given) : listOf(given)]));
}

function fixedIpFilters(given: Json | undefined): readonly Json[] {
  if (!isJsonObject(given)) return listOf(given);
  return Object.entries(given).flatMap(([member, values]) => listOf(values).map((value) => `${member}=${String(value)}`));
}

/** One value or several, none of them an object or a list. */
function listOf(given: Json | undefined): readonly Json[] {
  if (given === undefined || given === null) return [];
  const values: readonly Json[] = Array.isArray(given) ? given : [given];
  if (values.some((value) => typeof value === 'object' && value !== null)) throw invalidArgument('filters', 'made of texts, numbers and booleans');
  return values;
}

/** Only the attributes asked for; all where none are. */
export function onlyFields(object: JsonObject, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return object;
  return Object.fromEntries(fields.filter((field) => Object.hasOwn(object, field)).map((field) => [field, object[field]]));
}
