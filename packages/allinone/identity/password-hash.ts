import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { KeystoneError } from './keystone-error.ts';

/** scrypt's own recommendation for interactive log-ins (RFC 7914): 16 MiB and some 50 ms of a thread of the pool, never of the event loop. */
const COST = { N: 16384, r: 8, p: 1 } as const;
const KEY_LENGTH = 32;

/** Hashes one after another: the thread pool of four serves files as well. */
const MAX_WAITING = 200;
let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** `scrypt$N$r$p$SALT$KEY`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** Takes as long where there is no such user (`hash` undefined or null) as where the password is wrong. */
export async function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const [kind, n, r, p, salt, key] = (hash ?? '').split('$');
  if (kind !== 'scrypt' || salt === undefined || key === undefined) {
    await derive(password, Buffer.alloc(16), COST);
    return false;
  }
  const expected = Buffer.from(key, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), { N: Number(n), r: Number(r), p: Number(p) });
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

async function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  if (waiting >= MAX_WAITING) throw new KeystoneError(503, 'Too many are logging in at once. Try again later.');
  waiting += 1;
  const mine = last.then(() => scryptKey(password, salt, cost));
  last = mine.catch(() => undefined);
  try {
    return await mine;
  } finally {
    waiting -= 1;
  }
}

function scryptKey(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_LENGTH, { ...cost, maxmem: 64 * 1024 * 1024 }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
