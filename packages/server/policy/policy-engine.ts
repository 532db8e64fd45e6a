import type { JsonObject } from '@neutrino/lib/json';
import type { Check } from '@neutrino/lib/policy/check';
import type { Answer } from '@neutrino/lib/policy/specialise';
import type { RequestContext } from '../context.ts';
import { credentialsOf } from './credentials.ts';
import { createRuleSet, type RuleSet } from './rule-set.ts';
import { baseRules } from './rules/base.ts';
import { defaultRules } from './rules/default-rules.ts';
import type { RuleTable } from './rules/rule-table.ts';

export interface PolicyEngine {
  /** Whether `context_is_admin` holds for these credentials (as `credentialsOf` gives them; `roles` is enough for the default rule). */
  isAdmin(credentials: JsonObject): boolean;
  /** Whether `context_is_advsvc` holds for these credentials. */
  isAdvsvc(credentials: JsonObject): boolean;
  /** Whether no rule is asked at all: an admin may do everything while the deprecated rules count. */
  isUnrestricted(context: RequestContext): boolean;
  /**
   * Whether `action` (e.g. "create_port", "get_network:provider:segmentation_id") is allowed on target. Without a rule of
   * that name an action on an attribute is allowed (the rule of the resource decides), and one on a resource is up to
   * the rule `default`: admins and the owner.
   */
  check(context: RequestContext, action: string, target: JsonObject): boolean;
  /** `check` for many targets: the answer, where it does not depend on them. */
  answer(context: RequestContext, action: string): Answer;
  /** Whether a check made of rules holds, for the stages that also need to know what was missing. Scope is not its matter. */
  answerTo(context: RequestContext, check: Check): Answer;
  hasRule(action: string): boolean;
  /** Attributes with a rule of their own below `action`: "get_port" → binding:vif_type, binding:profile … */
  guardedAttributes(action: string): ReadonlySet<string>;
  /** The scope that the context has, where the action is not for it. */
  wrongScope(context: RequestContext, action: string): 'system' | 'domain' | undefined;
  /** Changes whenever rules do: what was concluded from the former ones no longer holds. */
  readonly generation: object;
}

/** An engine whose rules may be replaced while it works. */
export interface LivePolicy extends PolicyEngine {
  /** What `createPolicy` takes as `rules`. Returns warnings. Throws as `createPolicy` does, and then all stays as it was. */
  replace(rules: Readonly<Record<string, string>>): readonly string[];
}

export interface PolicyOptions {
  /** Rules of the operator. Each replaces the default of that name wholly, the deprecated rule included. */
  readonly rules?: Readonly<Record<string, string>>;
  /** [oslo_policy] enforce_new_defaults: deprecated rules do not count, and admins are asked as everybody is. */
  readonly enforceNewDefaults?: boolean;
  /** [oslo_policy] enforce_scope: tokens of domains and of the system are for no project's resources. */
  readonly enforceScope?: boolean;
  /** [oslo_policy] policy_default_rule. */
  readonly defaultRule?: string;
  readonly defaults?: RuleTable;
}

/** Throws RuleSyntaxError, or Error where rules lead back to themselves. */
export function createPolicy(options: PolicyOptions = {}): LivePolicy {
  const { rules = {}, enforceNewDefaults = false, enforceScope = false, defaultRule = 'default', defaults = defaultRules } = options;
  const compile = (overrides: Readonly<Record<string, string>>): RuleSet => createRuleSet({ defaults, overrides, enforceNewDefaults, defaultRule });
  let current = compile(rules);

  const isUnrestricted = (context: RequestContext): boolean => context.isAdmin && !enforceNewDefaults;
  const answerTo: PolicyEngine['answerTo'] = (context, check) => isUnrestricted(context) || current.answer(credentialsOf(context), check);
  const wrongScope: PolicyEngine['wrongScope'] = (context, action) => {
    if (!enforceScope || isUnrestricted(context) || !Object.hasOwn(defaults, action) || Object.hasOwn(baseRules, action)) return undefined;
    if (context.systemScope !== undefined) return 'system';
    return context.domainId === undefined ? undefined : 'domain';
  };
  const answer: PolicyEngine['answer'] = (context, action) => {
    if (isUnrestricted(context)) return true;
    if (wrongScope(context, action) !== undefined) return false;
    return !current.has(action) && action.includes(':') ? true : current.answer(credentialsOf(context), { kind: 'rule', name: action });
  };
  const holdsFor = (credentials: JsonObject, name: string): boolean => {
    const held = current.answer(credentials, { kind: 'rule', name });
    return typeof held === 'boolean' ? held : held(credentials);
  };

  return Object.freeze({
    isAdmin: (credentials: JsonObject) => holdsFor(credentials, 'context_is_admin'),
    isAdvsvc: (credentials: JsonObject) => holdsFor(credentials, 'context_is_advsvc'),
    isUnrestricted,
    check: (context: RequestContext, action: string, target: JsonObject) => {
      const found = answer(context, action);
      return typeof found === 'boolean' ? found : found(target);
    },
    answer,
    answerTo,
    hasRule: (action: string) => current.has(action),
    guardedAttributes: (action: string) => current.guardedAttributes(action),
    wrongScope,
    get generation() {
      return current;
    },
    replace: (overrides: Readonly<Record<string, string>>) => {
      current = compile(overrides);
      return current.warnings;
    },
  });
}
