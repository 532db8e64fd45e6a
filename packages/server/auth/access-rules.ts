import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';

/** What of a request the rules of a restricted application credential are about. */
export interface RequestLine {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/**
 * Whether an application credential that is restricted to some requests allows this one; other tokens allow all.
 * `serviceType`: what this server is in Keystone's catalog; without it nothing that is restricted is allowed.
 * https://docs.openstack.org/keystone/latest/user/application_credentials.html#access-rules
 */
export function accessRulesAllow(token: JsonObject, serviceType: string | undefined, request: RequestLine): boolean {
  const credential = token['application_credential'];
  const rules = isJsonObject(credential) ? credential['access_rules'] : undefined;
  if (rules === undefined || rules === null) return true;
  if (serviceType === undefined || !Array.isArray(rules)) return false;
  return rules.some(
    (rule: Json) =>
      isJsonObject(rule) && rule['service'] === serviceType && rule['method'] === request.method && typeof rule['path'] === 'string' && pathMatches(request.path, rule['path']),
  );
}

/**
 * `{id}` and `*` stand for one part of a path, `**` for anything. Patterns are users' own, so none may cost more than its
 * length times that of the path.
 */
function pathMatches(path: string, pattern: string): boolean {
  const parts = pattern.match(/\{[^}]*\}|\*\*|\*|[^]/g) ?? [];
  // Anything after anything is anything: a pattern of nothing else would cost its length twice.
  const steps = parts.filter((part, index) => part !== '**' || parts[index - 1] !== '**');
  const isAnything = (index: number): boolean => steps[index] === '**';
  const isPart = (index: number): boolean => steps[index] === '*' || (steps[index] ?? '').length > 2;
  /** Where in the pattern one may be, having read so much of the path: `**` may be left at once. */
  const reach = (index: number, into: Set<number>): void => {
    into.add(index);
    for (let next = index; isAnything(next); next += 1) into.add(next + 1);
  };
  let positions = new Set<number>();
  reach(0, positions);
  for (const character of path) {
    const after = new Set<number>();
    for (const index of positions) {
      if (isAnything(index)) reach(index, after);
      else if (isPart(index) && character !== '/') reach(index + 1, after.add(index));
      else if (steps[index] === character) reach(index + 1, after);
    }
    positions = after;
  }
  return positions.has(steps.length);
}
