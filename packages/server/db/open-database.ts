import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import type { KyselyConfig } from 'kysely';
import { defaultDatabaseSettings, type DatabaseSettings } from './database-settings.ts';
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
  warn?(message: string): void;
}

/**
 * Opens what `[database] connection` names; a server is not asked for anything yet. Throws an Error that says what
 * is wrong with it; never shows its password.
 */
export async function openDatabase(connection: string, log: DatabaseLog, settings: DatabaseSettings = defaultDatabaseSettings): Promise<OpenDatabase> {
  const scheme = /^([a-z0-9]+)(\+[a-z0-9_]+)?:\/\//.exec(connection)?.[1];
  const engine = scheme === undefined || !Object.hasOwn(dialects, scheme) ? undefined : dialects[scheme];
  if (engine === undefined) {
    const known = Object.keys(dialects).join(', ');
    throw new CannotStart(`[database] connection: expected a URL of one of these engines: ${known}; got ${scheme ?? 'no scheme'}`);
  }
  const warn = (message: string): void => (log.warn === undefined ? log.info(message) : log.warn(message));
  const open = await engine();
  const db = open(connection, { settings, info: (message) => log.info(message), warn, kyselyLog: statementLog(log, settings.connectionDebug) });
  log.info(`database open (${scheme ?? ''})`);
  const dispose = async (): Promise<void> => db.destroy();
  return { db, dispose, [Symbol.asyncDispose]: dispose };
}

/** From 50 on every statement is logged, from 100 on with its parameters, as oslo.db has it. */
function statementLog(log: DatabaseLog, level: number): Pick<KyselyConfig, 'log'> {
  if (level < 50) return {};
  return {
    log: ({ query, queryDurationMillis }) => {
      const parameters = level < 100 ? '' : ` ${JSON.stringify(query.parameters)}`;
      log.info(`${query.sql}${parameters} (${queryDurationMillis.toFixed(1)} ms)`);
    },
  };
}
