import type { JsonObject } from '@neutrino/lib/json';
import { isDeepStrictEqual } from 'node:util';

/** True where one of the attributes differs. Lists whose order means nothing are compared without it. */
export function anyChanged(before: JsonObject | undefined, after: JsonObject, attributes: readonly string[]): boolean {
  return before === undefined || attributes.some((attribute) => !isDeepStrictEqual(comparable(before[attribute]), comparable(after[attribute])));
}

function comparable(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).toSorted() : value;
}
