import type { AttributeMap } from '@neutrino/lib/api/attribute';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { InvalidScope, PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
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

/**
 * `bodies`: as the plugin will get them, defaults filled in and the owner's tenant_id or project_id set.
 * Throws PolicyNotAuthorized (403) at the first that the context may not create; where the reason may be that it sees
 * no such parent, that the parent is not found.
 */
export async function enforceCreate(scope: PolicyScope, bodies: readonly JsonObject[]): Promise<void> {
  const { policy, context } = scope;
  if (policy.isUnrestricted(context)) return;
  const action = `create_${scope.resource}`;
  requireScope(scope, action);
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
  await enforceOnExisting(scope, `update_${scope.resource}`, changes, { original, target: { ...original, ...given } });
}

/** As enforceUpdate, for a delete. */
export async function enforceDelete(scope: PolicyScope, original: JsonObject): Promise<void> {
  await enforceOnExisting(scope, `delete_${scope.resource}`, {}, { original, target: original });
}

/**
 * For something else that is done with an object that the context may see. `given`: what the request says of the object's attributes.
 * Throws PolicyNotAuthorized.
 */
export async function enforceAction(scope: PolicyScope, action: string, object: JsonObject, given: JsonObject): Promise<void> {
  const { policy, context } = scope;
  if (policy.isUnrestricted(context)) return;
  requireScope(scope, action);
  const check = actionCheck(scope, action, given);
  const [allowed] = await decide(scope, [{ check, target: object }]);
  if (allowed !== true) throw notAuthorized(check);
}

/** Throws scope.notFound where the context may not see the object. */
export async function enforceGet(scope: PolicyScope, object: JsonObject): Promise<void> {
  const [visible] = await visibleObjects(scope, [object]);
  if (visible === undefined) throw scope.notFound(String(object[keyOf(scope)]));
}

function keyOf({ attributes }: PolicyScope): string {
  return Object.keys(attributes).find((name) => attributes[name]?.primaryKey === true) ?? 'id';
}

/** Those of `objects` that the context may see, in order. */
export async function visibleObjects(scope: PolicyScope, objects: readonly JsonObject[]): Promise<readonly JsonObject[]> {
  const { policy, context } = scope;
  if (policy.isUnrestricted(context)) return objects;
  const action = `get_${scope.resource}`;
  if (policy.wrongScope(context, action) !== undefined) return [];
  const check = actionCheck(scope, action, {});
  const answers = await decide(scope, objects.map((target) => ({ check, target })));
  return objects.filter((_, index) => answers[index] === true);
}

async function enforceOnExisting(
  scope: PolicyScope,
  action: string,
  given: JsonObject,
  { original, target }: { readonly original: JsonObject; readonly target: JsonObject },
): Promise<void> {
  const { policy, context } = scope;
  if (policy.isUnrestricted(context)) return;
  const check = actionCheck(scope, action, given);
  const isInScope = policy.wrongScope(context, action) === undefined;
  const [allowed] = isInScope ? await decide(scope, [{ check, target }]) : [false];
  if (allowed === true) return;
  // As in Neutron, what the answer to that depends on is what rules need, not all that an answer shows.
  await enforceGet(scope, neededByPolicy(scope.attributes, original));
  requireScope(scope, action);
  throw notAuthorized(check);
}

function requireScope({ policy, context }: PolicyScope, action: string): void {
  const scope = policy.wrongScope(context, action);
  if (scope !== undefined) throw new NeutronError(InvalidScope, { rule: `rule:${action}`, scope });
}

function neededByPolicy(attributes: AttributeMap, object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([name]) => {
      const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      return attribute === undefined || attribute.requiredByPolicy === true || attribute.primaryKey === true || attribute.default === undefined;
    }),
  );
}

/** The rule of the action and the rules of the attributes given, and of what is inside them: all must hold. */
function actionCheck({ policy, attributes }: PolicyScope, action: string, given: JsonObject): Check {
  let check: Check = { kind: 'rule', name: action };
  for (const name of guardedOn(attributes)) {
    const value = given[name];
    if (value === undefined) continue;
    const whole: Check = { kind: 'rule', name: `${action}:${name}` };
    const inside = insideChecks(policy, `${action}:${name}`, value);
    check = { kind: 'and', checks: [check, inside.length === 0 ? whole : { kind: 'and', checks: [whole, { kind: 'and', checks: inside }] }] };
  }
  return check;
}

/**
 * `create_port:fixed_ips` with [{ip_address}, {subnet_id}] → a rule for each of those keys. In a list a key without a rule
 * of its own is up to the rule `default`, in an object it is not asked about.
 */
function insideChecks(policy: PolicyEngine, action: string, value: Json): readonly Check[] {
  const isList = Array.isArray(value);
  const objects = isList ? value.filter(isJsonObject) : isJsonObject(value) ? [value] : [];
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))].map((key) => `${action}:${key}`);
  return (isList ? names : names.filter((name) => policy.hasRule(name))).map((name) => ({ kind: 'rule', name }));
}

/** A default that the engine filled in is nothing that the caller asked for. */
function givenOnCreate(attributes: AttributeMap, body: JsonObject): JsonObject {
  const given: Record<string, Json> = {};
  for (const name of guardedOn(attributes)) {
    const value = body[name];
    const fallback = attributes[name]?.default;
    if (value === undefined) continue;
    if (fallback === undefined || typeof fallback === 'symbol' || JSON.stringify(fallback) !== JSON.stringify(value)) given[name] = value;
  }
  return given;
}

/** The attributes with a rule of their own. */
function guardedOn(attributes: AttributeMap): readonly string[] {
  let names = guarded.get(attributes);
  if (names === undefined) {
    names = Object.entries(attributes).filter(([, { enforcePolicy }]) => enforcePolicy === true).map(([name]) => name);
    guarded.set(attributes, names);
  }
  return names;
}

const guarded = new WeakMap<AttributeMap, readonly string[]>();

function notAuthorized(check: Check): NeutronError {
  return new NeutronError(PolicyNotAuthorized, { rule: formatCheck(check) });
}
