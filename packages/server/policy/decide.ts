import type { JsonObject } from '@neutrino/lib/json';
import type { Check } from '@neutrino/lib/policy/check';
import type { RequestContext } from '../context.ts';
import type { PolicyEngine } from './policy-engine.ts';

/**
 * Parents by id, with their API attributes, whoever may see them (rules ask who owns the network of a
 * port). `parent` is a resource such as "network" or "security_group". One query; ids that do not exist are left out.
 */
export type ParentLookup = (parent: string, ids: readonly string[]) => Promise<ReadonlyMap<string, JsonObject>>;

export interface Question {
  readonly check: Check;
  /** The object, with `<parent>_id` where it has a parent. */
  readonly target: JsonObject;
}

/**
 * Answers the questions in order. Parents are looked up only where an answer depends on them, and then
 * once for all the questions. A check on a parent that does not exist fails.
 */
export async function decide(
  { policy, context, parents }: { readonly policy: PolicyEngine; readonly context: RequestContext; readonly parents: ParentLookup },
  questions: readonly Question[],
): Promise<readonly boolean[]> {
  const targets = questions.map(({ target }) => withOwner(target));
  const answers = questions.map(() => false);
  const known = new Set<string>();
  let open = questions.map((_, index) => index);
  while (open.length > 0) {
    const wanted = new Map<string, Set<string>>();
    const unanswered: number[] = [];
    for (const index of open) {
      const target = targets[index] ?? {};
      const missing = new Set<string>();
      answers[index] = policy.holds(context, questions[index]?.check ?? { kind: 'false' }, target, (parent) => {
        if (!known.has(parent)) missing.add(parent);
      });
      if (missing.size > 0) unanswered.push(index);
      for (const parent of missing) {
        const id = target[`${parent}_id`];
        const ids = wanted.get(parent) ?? new Set();
        wanted.set(parent, typeof id === 'string' ? ids.add(id) : ids);
      }
    }
    for (const [parent, ids] of wanted) {
      const found = ids.size > 0 ? await parents(parent, [...ids]) : new Map<string, JsonObject>();
      targets.forEach((target, index) => {
        const owner = found.get(String(target[`${parent}_id`]));
        if (owner !== undefined) targets[index] = { ...target, ...prefixed(parent, withOwner(owner)) };
      });
      known.add(parent);
    }
    open = unanswered;
  }
  return answers;
}

/** Rules say tenant_id or project_id; an object may carry one of them. */
function withOwner(object: JsonObject): JsonObject {
  const owner = object['project_id'] ?? object['tenant_id'];
  return owner === undefined ? object : { ...object, project_id: owner, tenant_id: owner };
}

function prefixed(parent: string, object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [`${parent}:${name}`, value]));
}
