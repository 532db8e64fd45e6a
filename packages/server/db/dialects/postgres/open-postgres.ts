import { Kysely } from 'kysely';
import type { Database } from '../../schema.ts';
import type { OpenEngine } from '../engine.ts';
import type { EngineClient } from '../pool/engine-client.ts';
import { pooledDialect } from '../pool/pooled-dialect.ts';
import { reportingOutage } from '../pool/report-outage.ts';
import { clientConfigs } from './client-configs.ts';
import { PostgresClient } from './postgres-client.ts';
import { postgresGrammar } from './postgres-grammar.ts';
import { StatementNames } from './statement-names.ts';

/**
 * Whoever waits for a lock for so long, or leaves a transaction open, is not waited for: the client may have been
 * cut off. Compiling a statement to machine code takes longer than any of ours runs.
 */
const SESSION = `
  set session characteristics as transaction isolation level read committed;
  set time zone 'UTC';
  set lock_timeout = '50s';
  set idle_in_transaction_session_timeout = '120s';
  set jit = off`;

/** `postgresql://user:password@host/database?sslmode=require`, with or without a driver's name. */
export const openPostgres: OpenEngine = (connection, { settings, info, warn, kyselyLog }) => {
  const { configs, warnings } = clientConfigs(connection);
  for (const warning of warnings) warn(warning);
  const names = new StatementNames();
  const open = async (): Promise<EngineClient> => {
    const client = await connectAny(configs, names);
    try {
      await client.control(SESSION);
      return client;
    } catch (error) {
      client.end();
      throw error;
    }
  };
  return new Kysely<Database>({ dialect: pooledDialect(reportingOutage(open, { info, warn }), settings, postgresGrammar), ...kyselyLog });
};

/** The first way that the server accepts: with TLS and, where it has none, without. */
async function connectAny([config, ...others]: ReturnType<typeof clientConfigs>['configs'], names: StatementNames): Promise<PostgresClient> {
  try {
    return await PostgresClient.connect(config, names);
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || !isWithoutTls(error)) throw error;
    return connectAny([next, ...rest], names);
  }
}

function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && /does not support SSL/i.test(error.cause.message);
}
