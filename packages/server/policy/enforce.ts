import type { AttributeMap } from '@neutrino/lib/api/attribute';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { Check } from '@neutrino/lib/policy/check';
import { formatCheck } from '@neutrino/lib/policy/check';
import type { RequestContext } from '../context.ts';
import type { ParentLookup } from './decide.ts';
import { decide } from './decide.ts';
import type { PolicyEngine } from './policy-engine.ts';

/** What is being enforced upon: one collection, in one request. */
export interface PolicyScope {
  readonly policy: PolicyEngine;
  readonly context: RequestContext;
  /** Name of the resource in rules, e.g. "security_group_rule". */
  readonly resource: string;
  readonly attributes: AttributeMap;
  readonly parents: ParentLookup;
  /** The error that says the object does not exist: the same where it may not be seen. */
  readonly notFound: (id: string) => Error;
  /** Throws the not-found error of a parent that the body names and the context may not see. */
  readonly requireParents: (body: JsonObject) => Promise<void>;
}

/** Whether no rule could keep the context from anything. */
export function mayDoEverything(context: RequestContext): boolean {
  return context.isAdmin;
}

/**
 * `bodies`: as the plugin will get them, defaults filled in and the owner's tenant_id or project_id set.
 * Throws PolicyNotAuthorized (403) at the first that the context may not create; where the reason may be that it sees
 * no such parent, that the parent is not found.
 */
export async function enforceCreate(scope: PolicyScope, bodies: readonly JsonObject[]): Promise<void> {
  if (scope.context.isAdmin) return;
  const action = `create_${scope.resource}`;
  const questions = bodies.map((body) => ({ check: actionCheck(scope, action, givenOnCreate(scope.attributes, body)), target: body }));
  const answers = await decide(scope, questions);
  const denied = questions.find((_, index) => answers[index] !== true);
  if (denied === undefined) return;
  await scope.requireParents(denied.target);
  throw notAuthorized(denied.check);
}

/**
 * `original`: the object as an admin sees it; `changes`: what the request gave and nothing else.
 * Throws PolicyNotAuthorized where the context may see the object but not change it so, otherwise scope.notFound.
 */
export async function enforceUpdate(scope: PolicyScope, original: JsonObject, changes: JsonObject): Promise<void> {
  // An owner among the changes must not decide whether the change is allowed.
  const { project_id: _project, tenant_id: _tenant, ...given } = changes;
  await enforceOnExisting(scope, actionCheck(scope, `update_${scope.resource}`, changes), { original, target: { ...original, ...given } });
}

/** As enforceUpdate, for a delete. */
export async function enforceDelete(scope: PolicyScope, original: JsonObject): Promise<void> {
  await enforceOnExisting(scope, actionCheck(scope, `delete_${scope.resource}`, {}), { original, target: original });
}

/** Throws scope.notFound where the context may not see the object. */
export async function enforceGet(scope: PolicyScope, object: JsonObject): Promise<void> {
  const [visible] = await visibleObjects(scope, [object]);
  if (visible === undefined) throw scope.notFound(String(object['id']));
}

/** Those of `objects` that the context may see, in order. */
export async function visibleObjects(scope: PolicyScope, objects: readonly JsonObject[]): Promise<readonly JsonObject[]> {
  if (scope.context.isAdmin) return objects;
  const check = actionCheck(scope, `get_${scope.resource}`, {});
  const answers = await decide(scope, objects.map((target) => ({ check, target })));
  return objects.filter((_, index) => answers[index] === true);
}

/** The object without the attributes whose own rule (`get_<resource>:<attribute>`) the context fails. */
export function visibleAttributes(policy: PolicyEngine, context: RequestContext, resource: string, object: JsonObject): JsonObject {
  if (context.isAdmin) return object;
  const action = `get_${resource}`;
  const hidden = [...policy.guardedAttributes(action)].filter((name) => Object.hasOwn(object, name) && !policy.check(context, `${action}:${name}`, object));
  if (hidden.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => !hidden.includes(name)));
}

async function enforceOnExisting(scope: PolicyScope, check: Check, { original, target }: { readonly original: JsonObject; readonly target: JsonObject }): Promise<void> {
  if (scope.context.isAdmin) return;
  const [allowed] = await decide(scope, [{ check, target }]);
  if (allowed === true) return;
  await enforceGet(scope, original);
  throw notAuthorized(check);
}

/** The rule of the action and the rules of the attributes given, and of what is inside them: all must hold. */
function actionCheck({ policy, attributes }: PolicyScope, action: string, given: JsonObject): Check {
  let check: Check = policy.ruleFor(action) ?? { kind: 'false' };
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = given[name];
    if (attribute.enforcePolicy !== true || value === undefined) continue;
    const inner = subAttributeActions(policy, `${action}:${name}`, value);
    const rules = [`${action}:${name}`, ...inner].filter((rule) => policy.hasRule(rule)).map((rule): Check => ({ kind: 'rule', name: rule }));
    const [first] = rules;
    if (first !== undefined) check = { kind: 'and', checks: [check, rules.length === 1 ? first : { kind: 'and', checks: rules }] };
  }
  return check;
}

/** `create_port:fixed_ips` with [{ip_address}, {subnet_id}] → the actions of those keys that have a rule. */
function subAttributeActions(policy: PolicyEngine, action: string, value: Json): readonly string[] {
  const objects = Array.isArray(value) ? value.filter(isJsonObject) : isJsonObject(value) ? [value] : [];
  const keys = new Set(objects.flatMap((object) => Object.keys(object)));
  return [...keys].map((key) => `${action}:${key}`).filter((rule) => policy.hasRule(rule));
}

/** A default that the engine filled in is nothing that the caller asked for. */
function givenOnCreate(attributes: AttributeMap, body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      const fallback = attributes[name]?.default;
      return fallback === undefined || typeof fallback === 'symbol' || JSON.stringify(fallback) !== JSON.stringify(value);
    }),
  );
}

function notAuthorized(check: Check): NeutronError {
  return new NeutronError(PolicyNotAuthorized, { rule: formatCheck(check) });
}
