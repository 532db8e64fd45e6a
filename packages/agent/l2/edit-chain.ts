import type { ChainEdit } from './steps.ts';

/** A chain with fewer rules is sooner written anew. */
const leastRules = 32;
/** Of its rules as many may change, one in so many. */
const mostChanged = 8;

/**
 * How `actual` becomes `desired`, where that is less than to write it anew: all ports of a host are in the same few chains, and to write
 * those takes longer than all else about one more port. Undefined where much changes, the order does, or a rule is there twice.
 */
export function editChain(desired: readonly string[], actual: readonly string[]): ChainEdit | undefined {
  const most = desired.length / mostChanged;
  if (desired.length < leastRules || Math.abs(desired.length - actual.length) > most) return undefined;
  const wanted = new Set(desired);
  const present = new Set(actual);
  if (wanted.size < desired.length || present.size < actual.length) return undefined;
  const remove = actual.filter((rule) => !wanted.has(rule));
  const insert = desired.flatMap((rule, index) => (present.has(rule) ? [] : [{ at: index + 1, rule }]));
  if (remove.length + insert.length > most) return undefined;
  const kept = actual.filter((rule) => wanted.has(rule));
  const inOrder = desired.filter((rule) => present.has(rule)).every((rule, index) => rule === kept[index]);
  return inOrder ? { remove, insert, rules: desired } : undefined;
}
