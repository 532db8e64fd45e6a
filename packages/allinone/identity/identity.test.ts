import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Json } from '@neutrino/lib/json';
import { KeystoneError } from './keystone-error.ts';
import { parseLoginRequest } from './login-request.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { readToken, signToken } from './signed-token.ts';

describe('a signed token', () => {
  const key = randomBytes(32);
  const claims = { auditId: 'a', methods: ['password'], userId: 'u', projectId: 'p', issuedAt: Date.now(), expiresAt: Date.now() + 60_000 };

  it('gives back what it was made of, to the same key only', () => {
    expect(readToken(signToken(claims, key), key)).toEqual(claims);
    expect(readToken(signToken(claims, key), randomBytes(32))).toBeUndefined();
  });

  it('is void when any character of it changes, and when it has expired', () => {
    const token = signToken(claims, key);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '7', '.', '-', ' '), (at, character) => {
        fc.pre(token[at] !== character);
        const forged = token.slice(0, at) + character + token.slice(at + 1);
        // The last character of base64 carries bits that mean nothing.
        fc.pre(at < token.length - 1);
        expect(readToken(forged, key)).toBeUndefined();
      }),
    );
    expect(readToken(signToken({ ...claims, expiresAt: Date.now() - 1 }, key), key)).toBeUndefined();
  });

  it('answers any text without failing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map((text) => `nid1.${text}.x`)), (text) => {
        expect(readToken(text, key)).toBeUndefined();
      }),
    );
  });
});

describe('a password', () => {
  it('is verified against its hash, which differs each time and does not hold it', async () => {
    const [one, two] = await Promise.all([hashPassword('päss'), hashPassword('päss')]);
    expect(one).not.toBe(two);
    expect(one).not.toContain('päss');
    expect(await verifyPassword('päss', one)).toBe(true);
    expect(await verifyPassword('pass', one)).toBe(false);
    expect(await verifyPassword('', one)).toBe(false);
  });

  it('of nobody is wrong, and takes as much work to be found wrong', async () => {
    const hash = await hashPassword('x');
    // Of the processor, the hash's thread among it: others may be at work on the machine.
    const cost = async (stored: string | undefined): Promise<number> => {
      const start = process.cpuUsage();
      expect(await verifyPassword('y', stored)).toBe(false);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const least = async (stored: string | undefined): Promise<number> => Math.min(await cost(stored), await cost(stored), await cost(stored));
    expect(await least(undefined)).toBeGreaterThan((await least(hash)) / 4);
  });
});

describe('parseLoginRequest', () => {
  it('reads a password, a token and the scopes', () => {
    const user = { name: 'admin', domain: { name: 'Default' } };
    expect(parseLoginRequest({ auth: { identity: { methods: ['password'], password: { user: { ...user, password: 'x' } } }, scope: { project: { name: 'p', domain: { id: 'default' } } } } })).toEqual({
      password: { user, password: 'x' },
      scope: { kind: 'project', project: { name: 'p', domain: { id: 'default' } } },
    });
    expect(parseLoginRequest({ auth: { identity: { methods: ['token'], token: { id: 't' } } } })).toEqual({ token: 't', scope: { kind: 'default' } });
  });

  it('says clearly that it has no scope "system"', () => {
    expect(() => parseLoginRequest({ auth: { identity: { methods: ['token'], token: { id: 't' } }, scope: { system: { all: true } } } })).toThrow('"system" is not offered');
  });

  it('answers any body with a request or an error of the client', () => {
    const key = fc.constantFrom('auth', 'identity', 'methods', 'password', 'token', 'user', 'scope', 'project', 'domain', 'id', 'name');
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof({ depthSize: 'medium' }, fc.constantFrom<Json>('password', 'token', null, 1, true, []), fc.array(tie('value'), { maxLength: 2 }), fc.dictionary(key, tie('value'), { maxKeys: 4 })),
    }));
    fc.assert(
      fc.property(value, (body) => {
        try {
          parseLoginRequest(body);
        } catch (error) {
          expect(error).toBeInstanceOf(KeystoneError);
          expect([400, 401]).toContain(error instanceof KeystoneError && error.status);
        }
      }),
    );
  });
});
