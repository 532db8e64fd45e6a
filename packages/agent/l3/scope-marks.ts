/** Marks of address scopes are in the upper half of a packet's mark. */
export const SCOPE_MASK = '0xffff0000';
/** The mark of what is in no address scope, as in Neutron. */
const NO_SCOPE = 1024;
const LOWEST = 1025;
const NUMBERS = 0xffff - LOWEST;

/** The mark of an address scope, as rules have it: with the mask. */
export type ScopeMarks = (scope: string | null) => string;

/**
 * Flows remember their marks, so a scope has the same one whenever the rules are made: it follows from its id. Where two scopes of one
 * router would have the same, the second in order takes the next.
 */
export function scopeMarks(scopes: readonly (string | null)[]): ScopeMarks {
  const numbers = new Map<string | null, number>([[null, NO_SCOPE]]);
  const taken = new Set<number>();
  for (const scope of [...new Set(scopes.filter((each) => each !== null))].toSorted()) {
    let number = Number.parseInt(scope.replaceAll('-', '').slice(0, 8), 16) % NUMBERS;
    while (taken.has(number)) number = (number + 1) % NUMBERS;
    taken.add(number);
    numbers.set(scope, LOWEST + number);
  }
  return (scope) => `0x${((numbers.get(scope) ?? NO_SCOPE) * 0x10000).toString(16)}/${SCOPE_MASK}`;
}
