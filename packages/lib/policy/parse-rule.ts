import type { Check } from './check.ts';

/** A rule whose text is not a rule. The message says where and why. */
export class RuleSyntaxError extends Error {
  constructor(reason: string, text: string) {
    super(`policy rule "${text}": ${reason}`);
    this.name = 'RuleSyntaxError';
  }
}

type Token = { readonly kind: '(' | ')' | 'and' | 'or' | 'not' } | { readonly kind: 'check'; readonly text: string };

/** Deeper nesting is a mistake, and would exhaust the stack of whoever evaluates it. */
const MAX_DEPTH = 100;

/**
 * Parses the text of one rule. `and` binds closer than `or`, `not` closer than both; the empty text and
 * `@` are always true, `!` never. Throws RuleSyntaxError.
 */
export function parseRule(text: string): Check {
  const tokens = tokenize(text);
  if (tokens.length === 0) return { kind: 'true' };
  let position = 0;

  const syntaxError = (): RuleSyntaxError => {
    const token = tokens[position];
    if (token === undefined) return new RuleSyntaxError('it ends where a check or ")" is expected', text);
    return new RuleSyntaxError(`unexpected "${token.kind === 'check' ? token.text : token.kind}"`, text);
  };
  const accept = (kind: Token['kind']): boolean => {
    if (tokens[position]?.kind !== kind) return false;
    position += 1;
    return true;
  };
  const chain = (kind: 'and' | 'or', operand: (depth: number) => Check, depth: number): Check => {
    const checks = [operand(depth)];
    while (accept(kind)) checks.push(operand(depth));
    const [only] = checks;
    return checks.length === 1 && only !== undefined ? only : { kind, checks };
  };
  const disjunction = (depth: number): Check => chain('or', conjunction, depth);
  const conjunction = (depth: number): Check => chain('and', term, depth);
  const term = (depth: number): Check => {
    if (depth > MAX_DEPTH) throw new RuleSyntaxError(`nested deeper than ${MAX_DEPTH}`, text);
    if (accept('not')) return { kind: 'not', check: term(depth + 1) };
    if (accept('(')) {
      const inner = disjunction(depth + 1);
      if (!accept(')')) throw syntaxError();
      return inner;
    }
    const token = tokens[position];
    if (token?.kind !== 'check') throw syntaxError();
    position += 1;
    return parseCheck(token.text, text);
  };

  const check = disjunction(0);
  if (position < tokens.length) throw syntaxError();
  return check;
}

/** Words are separated by blanks; parentheses may touch the words, and belong to a word only inside it: `%(id)s`. */
function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const afterOpening = word.replace(/^\(+/, '');
    const core = afterOpening.replace(/\)+$/, '');
    for (let i = 0; i < word.length - afterOpening.length; i += 1) tokens.push({ kind: '(' });
    const lower = core.toLowerCase();
    if (lower === 'and' || lower === 'or' || lower === 'not') tokens.push({ kind: lower });
    else if (core !== '') tokens.push({ kind: 'check', text: core });
    for (let i = 0; i < afterOpening.length - core.length; i += 1) tokens.push({ kind: ')' });
  }
  return tokens;
}

function parseCheck(word: string, rule: string): Check {
  if (word === '@') return { kind: 'true' };
  if (word === '!') return { kind: 'false' };
  const colon = word.indexOf(':');
  if (colon <= 0) throw new RuleSyntaxError(`"${word}" is not of the form KIND:VALUE`, rule);
  const kind = word.slice(0, colon);
  const rest = word.slice(colon + 1);
  switch (kind) {
    case 'rule':
      return { kind: 'rule', name: rest };
    case 'role':
      return { kind: 'role', name: rest };
    case 'field':
      return parseField(rest, rule);
    case 'http':
    case 'https':
      throw new RuleSyntaxError('checks by a remote server are not supported', rule);
    default:
      return { kind: 'match', left: kind, template: rest };
  }
}

/** `networks:router:external=True`: the resource ends at the first colon, the field at the first "=". */
function parseField(text: string, rule: string): Check {
  const match = /^([^:=]+):([^=]+)=(.*)$/.exec(text);
  if (match === null) throw new RuleSyntaxError(`"field:${text}" is not of the form field:RESOURCE:FIELD=VALUE`, rule);
  const [, resource = '', field = '', value = ''] = match;
  if (!value.startsWith('~')) return { kind: 'field', resource, field, value };
  try {
    return { kind: 'field', resource, field, value, pattern: new RegExp(`^(?:${value.slice(1)})`) };
  } catch {
    throw new RuleSyntaxError(`"${value.slice(1)}" is not a regular expression`, rule);
  }
}
