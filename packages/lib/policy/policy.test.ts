import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import type { Check, Rules } from './check.ts';
import { findCycle, formatCheck } from './check.ts';
import { parseRule, RuleSyntaxError } from './parse-rule.ts';
import { PolicyCycleError, specialise, type OnMissingParent } from './specialise.ts';

const word = fc.stringMatching(/^[a-z][a-z_]{0,6}$/);
const leaf: fc.Arbitrary<Check> = fc.oneof(
  fc.constant<Check>({ kind: 'true' }),
  fc.constant<Check>({ kind: 'false' }),
  word.map((name): Check => ({ kind: 'rule', name })),
  word.map((name): Check => ({ kind: 'role', name })),
  fc.tuple(word, word, word).map(([resource, field, value]): Check => ({ kind: 'field', resource, field, value })),
  word.map((name): Check => ({ kind: 'match', left: 'project_id', template: `%(${name})s` })),
);
const { tree } = fc.letrec<{ tree: Check }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    tie('tree').map((check): Check => ({ kind: 'not', check })),
    fc.tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { minLength: 2, maxLength: 3 })).map(([kind, checks]): Check => ({ kind, checks })),
  ),
}));

function allows(text: string, target: JsonObject, credentials: JsonObject, rules: Readonly<Record<string, string>> = {}): boolean {
  const parsed = new Map(Object.entries(rules).map(([name, rule]) => [name, parseRule(rule)]));
  return evaluate(parseRule(text), { target, credentials, rules: parsed });
}

interface Evaluation {
  readonly target: JsonObject;
  readonly credentials: JsonObject;
  readonly rules: Rules;
  readonly defaultRule?: string;
  readonly onMissingParent?: OnMissingParent;
}

function evaluate(check: Check, { target, onMissingParent, ...caller }: Evaluation): boolean {
  const answer = specialise(caller)(check);
  return typeof answer === 'boolean' ? answer : answer(target, onMissingParent);
}

describe('parseRule', () => {
  it('reads back every tree that formatCheck writes', () => {
    fc.assert(
      fc.property(tree, (check) => {
        expect(parseRule(formatCheck(check))).toEqual(check);
      }),
    );
  });

  it('answers any text with a tree or a RuleSyntaxError, never with anything else', () => {
    const junk = fc.array(fc.constantFrom('(', ')', ' ', 'and', 'or', 'not', '@', '!', 'a:b', ':', 'rule:x', '%(x)s', 'field:', '=~[', "'"), { maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), junk.map((parts) => parts.join(''))), (text) => {
        try {
          parseRule(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleSyntaxError);
        }
      }),
    );
  });

  it('binds "and" closer than "or", and "not" closest', () => {
    expect(formatCheck(parseRule('role:a or role:b and not role:c'))).toBe('(role:a or (role:b and not role:c))');
  });

  it('keeps the colons of field and attribute names', () => {
    expect(parseRule('field:networks:router:external=True')).toEqual({ kind: 'field', resource: 'networks', field: 'router:external', value: 'True' });
    expect(parseRule('(tenant_id:%(network:tenant_id)s)')).toEqual({ kind: 'match', left: 'tenant_id', template: '%(network:tenant_id)s' });
  });

  it.each(['role:a role:b', 'and', '(role:a', 'role:a)', 'role', 'not', 'field:networks', 'field:a:b=~[', 'http://example.org/', '('.repeat(5000)])('refuses %j', (text) => {
    expect(() => parseRule(text)).toThrow(RuleSyntaxError);
  });
});

describe('specialise', () => {
  it('follows the laws of logic', () => {
    const roles = fc.subarray(['a', 'b', 'c']);
    fc.assert(
      fc.property(tree, tree, roles, (left, right, held) => {
        const evaluation = { target: { a: 'p', b: 'q' }, credentials: { roles: held, project_id: 'p' }, rules: new Map() };
        const [l, r] = [evaluate(left, evaluation), evaluate(right, evaluation)];
        expect(evaluate({ kind: 'and', checks: [left, right] }, evaluation)).toBe(l && r);
        expect(evaluate({ kind: 'or', checks: [left, right] }, evaluation)).toBe(l || r);
        expect(evaluate({ kind: 'not', check: left }, evaluation)).toBe(!l);
      }),
    );
  });

  it('compares roles without regard to case', () => {
    expect(allows('role:Admin', {}, { roles: ['ADMIN'] })).toBe(true);
    expect(allows('role:admin', {}, { roles: ['administrator'] })).toBe(false);
    expect(allows('role:admin', {}, {})).toBe(false);
  });

  it('compares a credential with an attribute of the target', () => {
    expect(allows('project_id:%(project_id)s', { project_id: 'p' }, { project_id: 'p' })).toBe(true);
    expect(allows('project_id:%(project_id)s', { project_id: 'p' }, { project_id: 'q' })).toBe(false);
    expect(allows('project_id:%(project_id)s', {}, { project_id: 'p' })).toBe(false);
    expect(allows('is_admin:True', {}, { is_admin: true })).toBe(true);
    expect(allows('token.project.id:%(p)s', { p: 'x' }, { token: { project: { id: 'x' } } })).toBe(true);
  });

  it('never takes an absent credential for the null of a target', () => {
    expect(allows('project_id:%(project_id)s', { project_id: null }, { project_id: null })).toBe(false);
    expect(allows('project_id:%(project_id)s', { project_id: null }, {})).toBe(false);
    expect(allows('None:%(project_id)s', { project_id: null }, {})).toBe(true);
    expect(allows("'x':%(name)s", { name: 'x' }, {})).toBe(true);
  });

  it('matches fields by value and by regular expression from the start', () => {
    expect(allows('field:networks:shared=True', { shared: true }, {})).toBe(true);
    expect(allows('field:networks:shared=True', { shared: false }, {})).toBe(false);
    expect(allows('field:port:device_owner=~^network:', { device_owner: 'network:dhcp' }, {})).toBe(true);
    expect(allows('field:port:device_owner=~network:', { device_owner: 'compute:network:' }, {})).toBe(false);
    expect(allows('field:port:device_owner=~^network:', {}, {})).toBe(false);
  });

  it('takes an unknown rule for false, or for the default rule where there is one', () => {
    expect(allows('rule:nobody_wrote', {}, { roles: ['admin'] })).toBe(false);
    const rules = new Map([['fallback', parseRule('role:admin')]]);
    expect(evaluate(parseRule('rule:nobody_wrote'), { target: {}, credentials: { roles: ['admin'] }, rules, defaultRule: 'fallback' })).toBe(true);
    expect(findCycle(new Map([['fallback', parseRule('rule:nobody_wrote')]]), 'fallback')).toEqual(['nobody_wrote', 'nobody_wrote']);
  });

  it('has an answer before it sees a target where only the caller matters', () => {
    const answer = specialise({ credentials: { roles: ['member'], project_id: 'p' }, rules: new Map([['admin', parseRule('role:admin')]]) });
    expect(answer(parseRule('rule:admin'))).toBe(false);
    expect(answer(parseRule('rule:admin or role:member'))).toBe(true);
    expect(answer(parseRule('rule:admin and project_id:%(project_id)s'))).toBe(false);
    expect(answer(parseRule('role:member and project_id:%(project_id)s'))).toBeTypeOf('function');
  });

  it('knows the owner by either of its names', () => {
    expect(allows('tenant_id:%(tenant_id)s', { project_id: 'p' }, { tenant_id: 'p' })).toBe(true);
    expect(allows('project_id:%(project_id)s', { tenant_id: 'p' }, { project_id: 'p' })).toBe(true);
  });

  it('fills templates of several parts', () => {
    expect(allows('role:%(kind)s_%(grade)s', { kind: 'net', grade: 1 }, { roles: ['NET_1'] })).toBe(true);
    expect(allows('role:%(kind)s_%(grade)s', { kind: 'net' }, { roles: ['net_1'] })).toBe(false);
  });

  it('refuses to go in circles', () => {
    expect(() => allows('rule:a', {}, {}, { a: 'not rule:b', b: 'rule:a' })).toThrow(PolicyCycleError);
    expect(findCycle(new Map([['x', parseRule('rule:a')], ['a', parseRule('role:q or rule:b')], ['b', parseRule('not rule:a')]]))).toEqual(['a', 'b', 'a']);
    expect(findCycle(new Map([['a', parseRule('rule:b and rule:b')], ['b', parseRule('@')]]))).toBeUndefined();
  });

  it('says which attribute of a parent it would need, and only where the result depends on it', () => {
    const missing: string[] = [];
    const evaluation = { target: { project_id: 'p', network_id: 'n' }, credentials: { tenant_id: 't', project_id: 'p' }, rules: new Map(), onMissingParent: (parent: string, attribute: string) => missing.push(`${parent}.${attribute}`) };
    expect(evaluate(parseRule('project_id:%(project_id)s or tenant_id:%(network:tenant_id)s'), evaluation)).toBe(true);
    expect(missing).toEqual([]);
    expect(evaluate(parseRule('tenant_id:%(network:tenant_id)s or field:networks:shared=True'), evaluation)).toBe(false);
    expect(missing).toEqual(['network.tenant_id', 'network.shared']);
  });
});
