import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Check, Rules } from './check.ts';

export interface Evaluation {
  /** The object acted upon, with API names. Attributes of a parent are `<parent>:<attribute>`, e.g. `network:tenant_id`. */
  readonly target: JsonObject;
  /** Who acts: roles, user_id, project_id, tenant_id, is_admin … */
  readonly credentials: JsonObject;
  readonly rules: Rules;
  /**
   * Told of each attribute of a parent that the result may depend on and the target lacks. The check
   * counts as failed; the caller adds the parent to the target and evaluates again.
   */
  readonly onMissingParent?: (parent: string, attribute: string) => void;
}

/** A rule that leads back to itself has no answer. */
export class PolicyCycleError extends Error {
  constructor(name: string) {
    super(`policy rule "${name}" refers to itself`);
    this.name = 'PolicyCycleError';
  }
}

/**
 * Whether `check` holds. What is not known is false: a rule that does not exist, an attribute that the
 * target or a credential that the caller lacks. Throws PolicyCycleError.
 */
export function evaluate(check: Check, evaluation: Evaluation): boolean {
  return holds(check, evaluation, []);
}

function holds(check: Check, evaluation: Evaluation, active: readonly string[]): boolean {
  switch (check.kind) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'and':
      return check.checks.every((part) => holds(part, evaluation, active));
    case 'or':
      return check.checks.some((part) => holds(part, evaluation, active));
    case 'not':
      return !holds(check.check, evaluation, active);
    case 'rule': {
      if (active.includes(check.name)) throw new PolicyCycleError(check.name);
      const rule = evaluation.rules.get(check.name);
      return rule !== undefined && holds(rule, evaluation, [...active, check.name]);
    }
    case 'role':
      return hasRole(check.name, evaluation);
    case 'field':
      return fieldMatches(check, evaluation);
    case 'match':
      return matches(check.left, check.template, evaluation);
  }
}

function hasRole(name: string, evaluation: Evaluation): boolean {
  const wanted = fill(name, evaluation)?.toLowerCase();
  const { roles } = evaluation.credentials;
  return wanted !== undefined && Array.isArray(roles) && roles.some((role) => typeof role === 'string' && role.toLowerCase() === wanted);
}

function fieldMatches(check: Extract<Check, { kind: 'field' }>, evaluation: Evaluation): boolean {
  const value = fieldValue(check.resource, check.field, evaluation);
  if (value === undefined || value === null) return false;
  if (check.pattern !== undefined) return typeof value === 'string' && check.pattern.test(value);
  return typeof value === 'boolean' ? check.value.toLowerCase() === String(value) : check.value === asText(value);
}

/** Ports and subnets are as shared as their network: `networks:shared` of them is the network's. */
function fieldValue(resource: string, field: string, evaluation: Evaluation): Json | undefined {
  const { target, onMissingParent } = evaluation;
  const own = target[field];
  if (own !== undefined || resource !== 'networks' || field !== 'shared' || typeof target['network_id'] !== 'string') return own;
  const shared = target['network:shared'];
  if (shared === undefined) onMissingParent?.('network', 'shared');
  return shared;
}

function matches(left: string, template: string, evaluation: Evaluation): boolean {
  const wanted = fill(template, evaluation);
  if (wanted === undefined) return false;
  const literal = literalText(left);
  if (literal !== undefined) return wanted === literal;
  return credentialMatches(evaluation.credentials, left, wanted);
}

/** Quoted text, a number, True, False or None on the left is itself, as in Python. */
function literalText(left: string): string | undefined {
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(left);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  return /^(?:True|False|None|-?\d+(?:\.\d+)?)$/.test(left) ? left : undefined;
}

/** INVARIANT: a credential that is absent or null equals nothing, not even a target's null. */
function credentialMatches(credentials: Json | undefined, path: string, wanted: string): boolean {
  if (credentials === undefined || credentials === null) return false;
  if (Array.isArray(credentials)) return credentials.some((item: Json) => credentialMatches(item, path, wanted));
  if (path === '') return typeof credentials !== 'object' && asText(credentials) === wanted;
  if (!isJsonObject(credentials)) return false;
  if (Object.hasOwn(credentials, path)) return credentialMatches(credentials[path], '', wanted);
  const dot = path.indexOf('.');
  if (dot < 0) return false;
  const head = path.slice(0, dot);
  return Object.hasOwn(credentials, head) && credentialMatches(credentials[head], path.slice(dot + 1), wanted);
}

/** Replaces each `%(attribute)s`; undefined where the target lacks one. */
function fill(template: string, { target, onMissingParent }: Evaluation): string | undefined {
  let complete = true;
  const text = template.replace(/%\(([^)]*)\)s/g, (_whole, name: string) => {
    const value = Object.hasOwn(target, name) ? target[name] : undefined;
    if (value === undefined) {
      complete = false;
      const colon = name.indexOf(':');
      if (colon > 0) onMissingParent?.(name.slice(0, colon), name.slice(colon + 1));
      return '';
    }
    return asText(value);
  });
  return complete ? text : undefined;
}

/** Rules are written with Python's spelling of True, False and None. */
function asText(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
