import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isJsonObject } from '@neutrino/lib/json';
import { writeWhole } from '../state-directory.ts';

/** What the service generates once and keeps, readable by its owner only. */
export interface IdentitySecrets {
  readonly adminPassword: string;
  readonly demoPassword: string;
  /** Signs tokens. */
  readonly tokenKey: Buffer;
}

/**
 * Reads the file, or makes it where it is missing. `passwordsSet` is false until `confirm` was called: the passwords in it are
 * then still to be given to their users. Deleting the file is thus how to get new passwords; tokens given out before are void
 * then. Throws where the file is damaged.
 */
export function openIdentitySecrets(file: string): { readonly secrets: IdentitySecrets; readonly passwordsSet: boolean; confirm(): void } {
  const stored = read(file) ?? {
    adminPassword: randomBytes(18).toString('base64url'),
    demoPassword: randomBytes(18).toString('base64url'),
    tokenKey: randomBytes(32).toString('base64'),
    passwordsSet: false,
  };
  const write = (content: StoredSecrets): void => writeWhole(file, `${JSON.stringify(content, undefined, 2)}\n`);
  if (!stored.passwordsSet) write(stored);
  const { adminPassword, demoPassword, passwordsSet } = stored;
  return {
    secrets: { adminPassword, demoPassword, tokenKey: Buffer.from(stored.tokenKey, 'base64') },
    passwordsSet,
    confirm: () => {
      if (!passwordsSet) write({ ...stored, passwordsSet: true });
    },
  };
}

interface StoredSecrets {
  readonly adminPassword: string;
  readonly demoPassword: string;
  readonly tokenKey: string;
  readonly passwordsSet: boolean;
}

function read(file: string): StoredSecrets | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const stored = parse(text);
  if (stored === undefined) throw new Error(`${file} is damaged: delete it to have new passwords made at the next start`);
  return stored;
}

function parse(text: string): StoredSecrets | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { adminPassword, demoPassword, tokenKey, passwordsSet } = value;
  if (typeof adminPassword !== 'string' || adminPassword === '' || typeof demoPassword !== 'string' || demoPassword === '' || typeof tokenKey !== 'string') return undefined;
  return Buffer.from(tokenKey, 'base64').length >= 32 ? { adminPassword, demoPassword, tokenKey, passwordsSet: passwordsSet === true } : undefined;
}
