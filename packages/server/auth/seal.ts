import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** How what is kept at memcached is guarded: not at all, against forgery, or against reading too. */
export type SecurityStrategy = 'None' | 'MAC' | 'ENCRYPT';

/** Guards what is kept about one token. Keys come from the token and a secret: who has only the cache can neither read nor forge. */
export interface Seal {
  /** Where it is kept: tells nothing about the token. */
  readonly name: string;
  seal(plain: Buffer): Buffer;
  /** undefined where it was not sealed so. */
  open(sealed: Buffer): Buffer | undefined;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAC_BYTES = 32;

/** `secret`: unused where the strategy is None. */
export function createSeal(strategy: SecurityStrategy, secret: string, token: string): Seal {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', token, secret, `neutrino ${strategy} ${purpose}`, 32));
  const name = `neutrino/tokens/${derive('name').toString('hex')}`;
  if (strategy === 'None') return { name, seal: (plain) => plain, open: (sealed) => sealed };
  const key = derive('key');
  return strategy === 'MAC' ? { name, ...authenticated(key) } : { name, ...encrypted(key) };
}

function authenticated(key: Buffer): Omit<Seal, 'name'> {
  const mac = (data: Buffer): Buffer => createHmac('sha256', key).update(data).digest();
  return {
    seal: (plain) => Buffer.concat([mac(plain), plain]),
    open: (sealed) => {
      const plain = sealed.subarray(MAC_BYTES);
      return sealed.length >= MAC_BYTES && timingSafeEqual(sealed.subarray(0, MAC_BYTES), mac(plain)) ? plain : undefined;
    },
  };
}

function encrypted(key: Buffer): Omit<Seal, 'name'> {
  return {
    seal: (plain) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed) => {
      if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES)).setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}
