import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';

/*
 * Reading a validated body. Requests through the API are complete; those the server makes for itself (a port for
 * a DHCP agent) leave out what has a default, which is why every reader takes one.
 */

export function textOf(body: JsonObject, key: string, otherwise: string): string {
  const value = body[key];
  return typeof value === 'string' ? value : otherwise;
}

/** Undefined where absent or null. */
export function optionalText(body: JsonObject, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

export function booleanOf(body: JsonObject, key: string, otherwise: boolean): boolean {
  const value = body[key];
  return typeof value === 'boolean' ? value : otherwise;
}

/** Undefined where absent or null. */
export function optionalNumber(body: JsonObject, key: string): number | undefined {
  const value = body[key];
  return typeof value === 'number' ? value : undefined;
}

/** Undefined where absent; an empty list where null. */
export function optionalList(body: JsonObject, key: string): readonly Json[] | undefined {
  const value = body[key];
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [];
}

export function textsOf(values: readonly Json[]): readonly string[] {
  return values.filter((value) => typeof value === 'string');
}

export function objectsOf(values: readonly Json[]): readonly JsonObject[] {
  return values.filter(isJsonObject);
}
