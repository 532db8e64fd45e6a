import type { ActualRouter } from './actual-router.ts';
import { type PlannedRule, ruleKey } from './plan-rules.ts';
import type { RouterPlan } from './plan-router.ts';

export interface RuleStep {
  readonly kind: 'add-rule' | 'delete-rule';
  readonly rule: PlannedRule;
}

export interface ForgetMarkedFlows {
  readonly kind: 'forget-marked-flows';
  readonly marks: readonly number[];
}

export function ruleChanges(wanted: readonly PlannedRule[], actual: readonly PlannedRule[]): { readonly added: readonly RuleStep[]; readonly deleted: readonly RuleStep[] } {
  const [kept, present] = [new Set(wanted.map(ruleKey)), new Set(actual.map(ruleKey))];
  return {
    added: wanted.filter((rule) => !present.has(ruleKey(rule))).map((rule) => ({ kind: 'add-rule', rule })),
    deleted: actual.filter((rule) => !kept.has(ruleKey(rule))).map((rule) => ({ kind: 'delete-rule', rule })),
  };
}

/** Flows that kept to a gateway that has gone. Where one is left there are no rules any more, but its table still says which it was. */
export function leftGateways({ rules, devices }: RouterPlan, actual: ActualRouter): readonly ForgetMarkedFlows[] {
  const kept = new Set(rules.flatMap(markedTable));
  const isThere = (table: number): boolean => actual.routes.some((route) => route.table === table && route.hops.some((hop) => devices.some(({ name }) => name === hop.device)));
  const marks = [...new Set(actual.rules.flatMap(markedTable))].filter((number) => !kept.has(number) && !isThere(number));
  return marks.length === 0 ? [] : [{ kind: 'forget-marked-flows', marks }];
}

/** The table that has the number of its flows. */
function markedTable({ mark, table }: PlannedRule): readonly number[] {
  return mark?.value === table ? [table] : [];
}
