import { createHmac, timingSafeEqual } from 'node:crypto';
import { isJsonObject } from '@neutrino/lib/json';

/** What a token says. Everything else about its user and scope is looked up when it is used. */
export interface TokenClaims {
  /** Unique; names the token in audits and when it is revoked. */
  readonly auditId: string;
  /** Of the token that this one was made from, and so on. */
  readonly parentAuditId?: string;
  readonly methods: readonly string[];
  readonly userId: string;
  readonly projectId?: string;
  readonly domainId?: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** `nid1.CLAIMS.SIGNATURE`: HMAC-SHA256 over the claims. */
const PREFIX = 'nid1';
const MAX_LENGTH = 2048;

export function signToken(claims: TokenClaims, key: Buffer): string {
  const text = `${PREFIX}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${signature(text, key).toString('base64url')}`;
}

/** undefined where this key did not sign it or it has expired. Says nothing of revocation. */
export function readToken(token: string, key: Buffer): TokenClaims | undefined {
  const end = token.lastIndexOf('.');
  if (token.length > MAX_LENGTH || end < 0 || !token.startsWith(`${PREFIX}.`)) return undefined;
  const text = token.slice(0, end);
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  const expected = signature(text, key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(text.slice(PREFIX.length + 1), 'base64url').toString('utf8'));
  return isClaims(claims) && Date.now() < claims.expiresAt ? claims : undefined;
}

function signature(text: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function isClaims(value: unknown): value is TokenClaims {
  return isJsonObject(value) && typeof value['auditId'] === 'string' && typeof value['userId'] === 'string' && typeof value['issuedAt'] === 'number' && typeof value['expiresAt'] === 'number' && Array.isArray(value['methods']);
}
