import type { JsonObject } from '@neutrino/lib/json';
import type { Check } from '@neutrino/lib/policy/check';
import type { Answer } from '@neutrino/lib/policy/specialise';
import type { RequestContext } from '../context.ts';
import type { PolicyEngine } from './policy-engine.ts';

/**
 * Parents by id, with their API attributes as the project of the caller would see them, whoever may see them (rules ask
 * who owns the network of a port). `parent` is a resource such as "network" or "security_group". One query; ids that do
 * not exist are left out.
 */
export type ParentLookup = (parent: string, ids: readonly string[]) => Promise<ReadonlyMap<string, JsonObject>>;

export interface Question {
  readonly check: Check;
  /** The object, with `<parent>_id` where it has a parent. */
  readonly target: JsonObject;
}

interface Deciding {
  readonly policy: PolicyEngine;
  readonly context: RequestContext;
  readonly parents: ParentLookup;
}

/**
 * Answers the questions in order. Parents are looked up only where an answer depends on them, and then
 * once for all the questions. A check on a parent that does not exist fails.
 */
export async function decide({ policy, context, parents }: Deciding, questions: readonly Question[]): Promise<readonly boolean[]> {
  const checks = new Map<Check, Answer>();
  const answerTo = (check: Check): Answer => {
    const answer = checks.get(check) ?? policy.answerTo(context, check);
    checks.set(check, answer);
    return answer;
  };
  const targets = questions.map(({ target }) => target);
  const answers = questions.map(() => false);
  const known = new Set<string>();
  let open = questions.map((_, index) => index);
  while (open.length > 0) {
    const wanted = new Set<string>();
    const unanswered: number[] = [];
    for (const index of open) {
      const answer = answerTo(questions[index]?.check ?? { kind: 'false' });
      if (typeof answer === 'boolean') {
        answers[index] = answer;
        continue;
      }
      let isMissing = false;
      answers[index] = answer(targets[index] ?? {}, (parent) => {
        if (known.has(parent)) return;
        isMissing = true;
        wanted.add(parent);
      });
      if (isMissing) unanswered.push(index);
    }
    for (const parent of wanted) {
      known.add(parent);
      await addParent(parents, parent, unanswered, targets);
    }
    open = unanswered;
  }
  return answers;
}

/** Puts the attributes of the parents into the targets at `indices`, one query for each kind of parent. */
async function addParent(parents: ParentLookup, parent: string, indices: readonly number[], targets: JsonObject[]): Promise<void> {
  const named = indices.flatMap((index) => {
    const reference = referenceTo(parent, targets[index] ?? {});
    return reference === undefined ? [] : [{ index, ...reference }];
  });
  for (const [resource, references] of Map.groupBy(named, (reference) => reference.resource)) {
    const found = await parents(resource, [...new Set(references.map(({ id }) => id))]);
    for (const { index, id } of references) {
      const owner = found.get(id);
      if (owner !== undefined) targets[index] = { ...targets[index], ...prefixed(parent, owner) };
    }
  }
}

const NESTED_IN = /^ext_parent_(.+)_id$/;

/** `network` is at network_id; `ext_parent`, what the object is nested in, at ext_parent_<resource>_id. */
function referenceTo(parent: string, target: JsonObject): { readonly resource: string; readonly id: string } | undefined {
  const key = parent === 'ext_parent' ? Object.keys(target).find((name) => NESTED_IN.test(name)) : `${parent}_id`;
  const id = key === undefined ? undefined : target[key];
  return key === undefined || typeof id !== 'string' ? undefined : { resource: NESTED_IN.exec(key)?.[1] ?? parent, id };
}

/** Rules say tenant_id or project_id; an object may carry one of them. */
function prefixed(parent: string, object: JsonObject): JsonObject {
  const owner = object['project_id'] ?? object['tenant_id'];
  const both = owner === undefined ? object : { ...object, project_id: owner, tenant_id: owner };
  return Object.fromEntries(Object.entries(both).map(([name, value]) => [`${parent}:${name}`, value]));
}
