import { readFileSync } from 'node:fs';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import { parseRule } from '@neutrino/lib/policy/parse-rule';
import { parse } from 'yaml';

/**
 * Reads `[oslo_policy] policy_file`: rules by name, in YAML or JSON, each a text or, in the oldest form, a list
 * of alternatives that are lists of checks. undefined where there is no such file. Throws Error naming file and rule.
 */
export function readPolicyFile(path: string): Readonly<Record<string, string>> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  // Every line may be a comment, as in the sample that ships with OpenStack.
  if (content === null) return {};
  if (!isJsonObject(content)) throw new Error(`${path}: expected rules by name`);
  return Object.fromEntries(Object.entries(content).map(([name, rule]) => [name, checked(path, name, rule)]));
}

function checked(path: string, name: string, rule: Json | undefined): string {
  const text = ruleText(rule);
  if (text === undefined) throw new Error(`${path}: rule "${name}": expected a text`);
  try {
    parseRule(text);
  } catch (error) {
    throw new Error(`${path}: rule "${name}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return text;
}

function ruleText(rule: Json | undefined): string | undefined {
  if (typeof rule === 'string') return rule;
  if (!Array.isArray(rule)) return undefined;
  const alternatives = rule.map((part: Json) => (Array.isArray(part) ? part : [part]));
  if (alternatives.some((checks) => checks.some((check: Json) => typeof check !== 'string'))) return undefined;
  return alternatives.map((checks) => checks.join(' and ')).join(' or ');
}
