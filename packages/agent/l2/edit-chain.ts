import type { ChainEdit } from './steps.ts';

/** A chain with fewer rules is as soon written anew as edited, where rules go. */
const leastRules = 32;
/** Of its rules as many may change then, one in so many. */
const mostChanged = 8;

/**
 * How `actual` becomes `desired` without being written anew. Where rules only come, that is always sooner: the kernel lets go of a rule after
 * all processors have been seen to use it no longer, and whoever changed the ruleset waits for that, 5 to 30 ms. Where some go it is
 * for long chains of which little changes, as those that all ports of a host are in.
 *
 * Undefined where it is better written anew, where rules change their order, and where one is there twice.
 */
export function editChain(desired: readonly string[], actual: readonly string[]): ChainEdit | undefined {
  const wanted = new Set(desired);
  const present = new Set(actual);
  if (actual.length === 0 || wanted.size < desired.length || present.size < actual.length) return undefined;
  const kept = actual.filter((rule) => wanted.has(rule));
  const comes = desired.length - kept.length;
  const goes = actual.length - kept.length;
  if (goes > 0 && (desired.length < leastRules || comes + goes > desired.length / mostChanged)) return undefined;
  let place = 0;
  const insert: { readonly at: number; readonly rule: string }[] = [];
  for (const [index, rule] of desired.entries()) {
    if (rule === kept[place]) place++;
    else if (present.has(rule)) return undefined;
    else insert.push({ at: index + 1, rule });
  }
  return { remove: goes === 0 ? [] : actual.filter((rule) => !wanted.has(rule)), insert, rules: desired };
}
