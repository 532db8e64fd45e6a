import type { JsonObject } from '@neutrino/lib/json';
import type { Check, Rules } from '@neutrino/lib/policy/check';
import { findCycle } from '@neutrino/lib/policy/check';
import { evaluate } from '@neutrino/lib/policy/evaluate';
import { parseRule } from '@neutrino/lib/policy/parse-rule';
import type { RequestContext } from '../context.ts';
import { defaultRules } from './rules/default-rules.ts';
import type { RuleTable } from './rules/rule-table.ts';

/** Told of a parent that the answer may depend on and the target lacks, e.g. ("network", "tenant_id"). */
export type OnMissingParent = (parent: string, attribute: string) => void;

export interface PolicyEngine {
  /** Whether `context_is_admin` holds for these credentials (as `credentialsOf` gives them; `roles` is enough for the default rule). */
  isAdmin(credentials: JsonObject): boolean;
  /**
   * Whether `action` (e.g. "create_port", "get_network:provider:segmentation_id") is allowed on target; an
   * admin may do everything. Without a rule of that name an action on an attribute is allowed (the rule of the
   * resource decides), and one on a resource is up to the rule `default`: admins and the owner.
   */
  check(context: RequestContext, action: string, target: JsonObject): boolean;
  hasRule(action: string): boolean;
  /** Whether a check made of rules holds; like `check`, for the stages that also need to know what was missing. */
  holds(context: RequestContext, check: Check, target: JsonObject, onMissingParent?: OnMissingParent): boolean;
  /** The rule that `action` is up to; undefined where nothing restricts it. */
  ruleFor(action: string): Check | undefined;
  /** Attributes with a rule of their own below `action`: "get_port" → binding:vif_type, binding:profile … */
  guardedAttributes(action: string): ReadonlySet<string>;
}

/**
 * The engine with the default rules. An entry of `rules` replaces the default of that name wholly, the
 * deprecated rule included, as an operator's policy file does.
 * Throws RuleSyntaxError, or Error where rules lead back to themselves.
 */
export function createPolicy({ rules: overrides = {} }: { readonly rules?: Readonly<Record<string, string>> } = {}): PolicyEngine {
  const rules = compile(defaultRules, overrides);
  const guarded = guardedByAction(rules);
  const none: ReadonlySet<string> = new Set();

  const ruleFor = (action: string): Check | undefined => {
    if (rules.has(action)) return { kind: 'rule', name: action };
    return action.includes(':') ? undefined : { kind: 'rule', name: 'default' };
  };
  // A list asks thousands of times for one caller.
  const known = new WeakMap<RequestContext, JsonObject>();
  const credentialsFor = (context: RequestContext): JsonObject => {
    const credentials = known.get(context) ?? credentialsOf(context);
    known.set(context, credentials);
    return credentials;
  };
  const holds: PolicyEngine['holds'] = (context, check, target, onMissingParent) =>
    context.isAdmin || evaluate(check, { target, credentials: credentialsFor(context), rules, ...(onMissingParent && { onMissingParent }) });

  return Object.freeze({
    isAdmin: (credentials: JsonObject) => evaluate({ kind: 'rule', name: 'context_is_admin' }, { target: {}, credentials, rules }),
    check: (context: RequestContext, action: string, target: JsonObject) => {
      const check = ruleFor(action);
      return check === undefined || holds(context, check, target);
    },
    hasRule: (action: string) => rules.has(action),
    holds,
    ruleFor,
    guardedAttributes: (action: string) => guarded.get(action) ?? none,
  });
}

/** The caller in oslo.context's words, for rules to compare with. */
export function credentialsOf(context: RequestContext): JsonObject {
  return {
    user_id: context.userId ?? null,
    user_domain_id: context.userDomainId ?? null,
    project_id: context.projectId ?? null,
    tenant_id: context.projectId ?? null,
    project_domain_id: context.projectDomainId ?? null,
    roles: context.roles,
    is_admin: context.isAdmin,
  };
}

function compile(defaults: RuleTable, overrides: Readonly<Record<string, string>>): Rules {
  const rules = new Map<string, Check>();
  for (const [name, { check, deprecated }] of Object.entries(defaults)) {
    const current = parseRule(check);
    rules.set(name, deprecated === undefined ? current : { kind: 'or', checks: [current, parseRule(deprecated)] });
  }
  for (const [name, text] of Object.entries(overrides)) rules.set(name, parseRule(text));
  const cycle = findCycle(rules);
  if (cycle !== undefined) throw new Error(`policy rules refer to themselves: ${cycle.join(' -> ')}`);
  return rules;
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
