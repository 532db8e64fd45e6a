import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Check, Rules } from './check.ts';
import { ruleNamed } from './check.ts';

/** Told of a parent that the answer may depend on and the target lacks, e.g. ("network", "tenant_id"). */
export type OnMissingParent = (parent: string, attribute: string) => void;

/**
 * The rest of a check when all that concerns the caller is known. The target is the object acted upon, with API names;
 * attributes of a parent are `<parent>:<attribute>`, e.g. `network:tenant_id`. Where one is missing the check counts as
 * failed; the caller adds the parent to the target and asks again.
 */
export type TargetTest = (target: JsonObject, onMissingParent?: OnMissingParent) => boolean;

/** Most rules ask only who the caller is: then there is an answer at once. */
export type Answer = boolean | TargetTest;

/** A rule that leads back to itself has no answer. */
export class PolicyCycleError extends Error {
  constructor(name: string) {
    super(`policy rule "${name}" refers to itself`);
    this.name = 'PolicyCycleError';
  }
}

export interface Caller {
  /** Who acts: roles, user_id, project_id, tenant_id, is_admin … */
  readonly credentials: JsonObject;
  readonly rules: Rules;
  /** The rule that stands in for those that do not exist. */
  readonly defaultRule?: string;
}

/**
 * Answers checks for one caller, each rule once however often it is asked. What is not known is false: a rule that
 * does not exist, an attribute that the target or a credential that the caller lacks. Throws PolicyCycleError.
 */
export function specialise({ credentials, rules, defaultRule }: Caller): (check: Check) => Answer {
  const known = new Map<string, Answer>();
  const active = new Set<string>();

  const rule = (name: string): Answer => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (active.has(name)) throw new PolicyCycleError(name);
    const check = ruleNamed(rules, name, defaultRule);
    if (check === undefined) return false;
    active.add(name);
    try {
      const answer = answerTo(check);
      known.set(name, answer);
      return answer;
    } finally {
      active.delete(name);
    }
  };
  const answerTo = (check: Check): Answer => {
    switch (check.kind) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'and':
        return chain(check.checks.map(answerTo), false);
      case 'or':
        return chain(check.checks.map(answerTo), true);
      case 'not':
        return negation(answerTo(check.check));
      case 'rule':
        return rule(check.name);
      case 'role':
        return roleTest(check.name, credentials);
      case 'field':
        return (target, onMissingParent) => fieldMatches(check, target, onMissingParent);
      case 'match':
        return matchTest(check.left, check.template, credentials);
    }
  };
  return answerTo;
}

/** `decisive`: the answer of one part that settles the whole: true for "or", false for "and". */
function chain(answers: readonly Answer[], decisive: boolean): Answer {
  if (answers.includes(decisive)) return decisive;
  const tests = answers.filter((answer) => typeof answer === 'function');
  const [first] = tests;
  if (first === undefined) return !decisive;
  if (tests.length === 1) return first;
  return (target, onMissingParent) => {
    for (const test of tests) if (test(target, onMissingParent) === decisive) return decisive;
    return !decisive;
  };
}

function negation(answer: Answer): Answer {
  return typeof answer === 'boolean' ? !answer : (target, onMissingParent) => !answer(target, onMissingParent);
}

function roleTest(name: string, { roles }: JsonObject): Answer {
  const held = new Set(Array.isArray(roles) ? roles.filter((role: Json) => typeof role === 'string').map((role) => role.toLowerCase()) : []);
  if (held.size === 0) return false;
  return textTest(name, (wanted) => held.has(wanted.toLowerCase()));
}

function matchTest(left: string, template: string, credentials: JsonObject): Answer {
  const literal = literalText(left);
  const accepted = literal === undefined ? credentialTexts(credentials, left) : [literal];
  if (accepted.length === 0) return false;
  const [only] = accepted;
  return textTest(template, accepted.length === 1 ? (wanted) => wanted === only : (wanted) => accepted.includes(wanted));
}

const REFERENCE = /%\(([^)]*)\)s/g;

/** Fills each `%(attribute)s` of the template from the target; fails where the target lacks one. */
function textTest(template: string, accepts: (text: string) => boolean): Answer {
  const names = [...template.matchAll(REFERENCE)].map(([, name = '']) => name);
  const [first] = names;
  if (first === undefined) return accepts(template);
  if (template === `%(${first})s`) {
    return (target, onMissingParent) => {
      const value = attributeOf(target, first, onMissingParent);
      return value !== undefined && accepts(asText(value));
    };
  }
  return (target, onMissingParent) => {
    const values = names.map((name) => attributeOf(target, name, onMissingParent));
    if (values.includes(undefined)) return false;
    let index = 0;
    return accepts(template.replace(REFERENCE, () => asText(values[index++] ?? null)));
  };
}

/** tenant_id and project_id are one attribute under two names. */
const OTHER_NAME: Readonly<Record<string, string>> = { tenant_id: 'project_id', project_id: 'tenant_id' };

function attributeOf(target: JsonObject, name: string, onMissingParent: OnMissingParent | undefined): Json | undefined {
  if (Object.hasOwn(target, name)) return target[name];
  const other = OTHER_NAME[name];
  if (other !== undefined) return target[other];
  const colon = name.indexOf(':');
  if (colon > 0) onMissingParent?.(name.slice(0, colon), name.slice(colon + 1));
  return undefined;
}

function fieldMatches(check: Extract<Check, { kind: 'field' }>, target: JsonObject, onMissingParent: OnMissingParent | undefined): boolean {
  const value = fieldValue(check.resource, check.field, target, onMissingParent);
  if (value === undefined || value === null) return false;
  if (check.pattern !== undefined) return typeof value === 'string' && check.pattern.test(value);
  return typeof value === 'boolean' ? check.value.toLowerCase() === String(value) : check.value === asText(value);
}

/** Ports and subnets are as shared as their network: `networks:shared` of them is the network's. */
function fieldValue(resource: string, field: string, target: JsonObject, onMissingParent: OnMissingParent | undefined): Json | undefined {
  const own = target[field];
  if (own !== undefined || resource !== 'networks' || field !== 'shared' || typeof target['network_id'] !== 'string') return own;
  const shared = target['network:shared'];
  if (shared === undefined) onMissingParent?.('network', 'shared');
  return shared;
}

/** Quoted text, a number, True, False or None on the left is itself, as in Python. */
function literalText(left: string): string | undefined {
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(left);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  return /^(?:True|False|None|-?\d+(?:\.\d+)?)$/.test(left) ? left : undefined;
}

/**
 * The texts that a credential is; dots step into objects, and of a list each item counts.
 * INVARIANT: a credential that is absent or null equals nothing, not even a target's null.
 */
function credentialTexts(credentials: Json | undefined, path: string): readonly string[] {
  if (credentials === undefined || credentials === null) return [];
  if (Array.isArray(credentials)) return credentials.flatMap((item: Json) => credentialTexts(item, path));
  if (path === '') return typeof credentials === 'object' ? [] : [asText(credentials)];
  if (!isJsonObject(credentials)) return [];
  if (Object.hasOwn(credentials, path)) return credentialTexts(credentials[path], '');
  const dot = path.indexOf('.');
  if (dot < 0) return [];
  const head = path.slice(0, dot);
  return Object.hasOwn(credentials, head) ? credentialTexts(credentials[head], path.slice(dot + 1)) : [];
}

/** Rules are written with Python's spelling of True, False and None. */
function asText(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
