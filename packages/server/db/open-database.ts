import { dialects } from './dialects/registry.ts';
import type { Db } from './types.ts';

export interface OpenDatabase {
  readonly db: Db;
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where the database's few messages go; a pino logger fits. */
export interface DatabaseLog {
  info(message: string): void;
}

/** Opens what `[database] connection` names. Throws an Error that says what is wrong with it; never shows its password. */
export async function openDatabase(connection: string, log: DatabaseLog): Promise<OpenDatabase> {
  const scheme = /^([a-z0-9]+)(\+[a-z0-9]+)?:\/\//.exec(connection)?.[1];
  const open = scheme === undefined ? undefined : dialects[scheme];
  if (open === undefined) {
    const known = Object.keys(dialects).join(', ');
    throw new Error(`[database] connection: expected a URL of one of these engines: ${known}; got ${scheme ?? 'no scheme'}`);
  }
  const db = open(connection);
  log.info(`database open (${scheme ?? ''})`);
  const dispose = async (): Promise<void> => db.destroy();
  return { db, dispose, [Symbol.asyncDispose]: dispose };
}
