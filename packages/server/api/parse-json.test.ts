import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('parseJson', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any other bytes with a 400', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          parseJson(noise);
        } catch (error) {
          expect(error).toMatchObject({ type: 'HTTPBadRequest', status: 400 });
        }
      }),
    );
  });

  it('refuses depth before it costs anything, but not brackets in text', () => {
    expect(() => parseJson(bytes('['.repeat(1_000_000)))).toThrow('nested');
    expect(() => parseJson(bytes(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`))).toThrow('nested');
    expect(parseJson(bytes(JSON.stringify({ a: '[{'.repeat(100), b: '\\"[' })))).toEqual({ a: '[{'.repeat(100), b: '\\"[' });
  });

  it('keeps __proto__ an ordinary name that changes no object', () => {
    const parsed = parseJson(bytes('{"__proto__": {"isAdmin": true}}'));
    expect(Object.hasOwn(parsed as object, '__proto__')).toBe(true);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});
