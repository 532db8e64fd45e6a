import type { JsonObject } from '@neutrino/lib/json';
import type { Check, Rules } from '@neutrino/lib/policy/check';
import { findCycle, formatCheck, referencedRules } from '@neutrino/lib/policy/check';
import { parseRule } from '@neutrino/lib/policy/parse-rule';
import { specialise, type Answer } from '@neutrino/lib/policy/specialise';
import type { DefaultRule, RuleTable } from './rules/rule-table.ts';

export interface RuleSetOptions {
  readonly defaults: RuleTable;
  /** Rules of the operator. Each replaces the default of that name wholly, the deprecated rule included. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Without the deprecated rules. */
  readonly enforceNewDefaults: boolean;
  /** The rule that stands in for those that do not exist. */
  readonly defaultRule: string;
}

/** Rules that hold together, until a policy file changes. */
export interface RuleSet {
  has(name: string): boolean;
  answer(credentials: JsonObject, check: Check): Answer;
  /** Attributes with a rule of their own below an action: "get_port" → binding:vif_type, binding:profile … */
  guardedAttributes(action: string): ReadonlySet<string>;
  /** What an operator should know: rules that name others which do not exist. */
  readonly warnings: readonly string[];
}

/** Throws RuleSyntaxError, or Error where rules lead back to themselves. */
export function createRuleSet({ defaults, overrides, enforceNewDefaults, defaultRule }: RuleSetOptions): RuleSet {
  const rules = new Map<string, Check>();
  for (const [name, rule] of Object.entries(defaults)) rules.set(name, defaultCheck(name, rule, overrides, enforceNewDefaults));
  for (const [name, text] of Object.entries(overrides)) rules.set(name, parseRule(text));
  const cycle = findCycle(rules, defaultRule);
  if (cycle !== undefined) throw new Error(`policy rules refer to themselves: ${cycle.join(' -> ')}`);
  const guarded = guardedByAction(rules);
  const none: ReadonlySet<string> = new Set();
  const callers = new WeakMap<JsonObject, (check: Check) => Answer>();

  return Object.freeze({
    has: (name: string) => rules.has(name),
    answer: (credentials: JsonObject, check: Check) => {
      let caller = callers.get(credentials);
      if (caller === undefined) {
        caller = specialise({ credentials, rules, defaultRule });
        callers.set(credentials, caller);
      }
      return caller(check);
    },
    guardedAttributes: (action: string) => guarded.get(action) ?? none,
    warnings: unknownReferences(rules, overrides),
  });
}

/**
 * A default and its deprecated form: either one allows, unless only new defaults count. What an operator wrote under a
 * former name of the rule still holds in its place.
 */
function defaultCheck(name: string, { check, deprecated, formerName }: DefaultRule, overrides: Readonly<Record<string, string>>, enforceNewDefaults: boolean): Check {
  const current = parseRule(check);
  const old = deprecated === undefined ? current : parseRule(deprecated);
  const former = formerName === undefined || !Object.hasOwn(overrides, formerName) ? undefined : overrides[formerName];
  if (former !== undefined) {
    const written = parseRule(former);
    if (formatCheck(written) !== formatCheck(old) && formatCheck(written) !== `rule:${name}`) return written;
  }
  return deprecated === undefined || enforceNewDefaults ? current : { kind: 'or', checks: [current, old] };
}

function guardedByAction(rules: Rules): ReadonlyMap<string, ReadonlySet<string>> {
  const guarded = new Map<string, Set<string>>();
  for (const name of rules.keys()) {
    const colon = name.indexOf(':');
    if (colon < 0) continue;
    const action = name.slice(0, colon);
    guarded.set(action, (guarded.get(action) ?? new Set()).add(name.slice(colon + 1)));
  }
  return guarded;
}

function unknownReferences(rules: Rules, overrides: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(overrides).flatMap((name) => {
    const unknown = referencedRules(rules.get(name) ?? { kind: 'false' }).filter((referenced) => !rules.has(referenced));
    return unknown.map((referenced) => `policy rule "${name}" refers to "${referenced}", which does not exist`);
  });
}
