import type { KyselyConfig } from 'kysely';
import type { DatabaseSettings } from '../database-settings.ts';
import type { Db } from '../types.ts';

/** What every engine is opened with. */
export interface EngineEnvironment {
  readonly settings: DatabaseSettings;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Where statements are logged. */
  readonly kyselyLog: Pick<KyselyConfig, 'log'>;
}

/**
 * Opens what a URL names; connections to servers are made when they are needed. Throws an Error that says what is
 * wrong with the URL, and does not show its password.
 */
export type OpenEngine = (connection: string, environment: EngineEnvironment) => Db;
