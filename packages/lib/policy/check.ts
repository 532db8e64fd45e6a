/**
 * A policy rule as a tree. The text form is oslo.policy's:
 * https://docs.openstack.org/oslo.policy/latest/reference/api/oslo_policy.policy.html
 */
export type Check =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and'; readonly checks: readonly Check[] }
  | { readonly kind: 'or'; readonly checks: readonly Check[] }
  | { readonly kind: 'not'; readonly check: Check }
  /** `rule:NAME`: whatever the rule of that name says. */
  | { readonly kind: 'rule'; readonly name: string }
  /** `role:NAME`: the caller has the role; NAME may hold `%(attribute)s` of the target. */
  | { readonly kind: 'role'; readonly name: string }
  /** `field:networks:shared=True`, or `=~REGEX`, which matches from the start of the value. */
  | { readonly kind: 'field'; readonly resource: string; readonly field: string; readonly value: string; readonly pattern?: RegExp }
  /** `LEFT:TEMPLATE`: a credential (dots step into objects) or a literal equals the filled template. */
  | { readonly kind: 'match'; readonly left: string; readonly template: string };

/** Rules by name. */
export type Rules = ReadonlyMap<string, Check>;

/** The text of a check. Parsing it again gives an equal tree. */
export function formatCheck(check: Check): string {
  switch (check.kind) {
    case 'true':
      return '@';
    case 'false':
      return '!';
    case 'and':
      return `(${check.checks.map(formatCheck).join(' and ')})`;
    case 'or':
      return `(${check.checks.map(formatCheck).join(' or ')})`;
    case 'not':
      return `not ${formatCheck(check.check)}`;
    case 'rule':
      return `rule:${check.name}`;
    case 'role':
      return `role:${check.name}`;
    case 'field':
      return `field:${check.resource}:${check.field}=${check.value}`;
    case 'match':
      return `${check.left}:${check.template}`;
  }
}

/** The rules that a check names, in order, those named twice too. */
export function referencedRules(check: Check): readonly string[] {
  switch (check.kind) {
    case 'and':
    case 'or':
      return check.checks.flatMap(referencedRules);
    case 'not':
      return referencedRules(check.check);
    case 'rule':
      return [check.name];
    default:
      return [];
  }
}

/** The rule of that name, or the one that stands in for rules that do not exist. */
export function ruleNamed(rules: Rules, name: string, defaultRule: string | undefined): Check | undefined {
  return rules.get(name) ?? (defaultRule === undefined ? undefined : rules.get(defaultRule));
}

/** The first chain of rules that leads back to its start, e.g. ["a", "b", "a"]; undefined where there is none. */
export function findCycle(rules: Rules, defaultRule?: string): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name];
    const check = ruleNamed(rules, name, defaultRule);
    if (check === undefined || done.has(name)) return undefined;
    path.push(name);
    for (const next of referencedRules(check)) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of rules.keys()) {
    const cycle = visit(name);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
