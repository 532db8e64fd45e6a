import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { Kysely } from 'kysely';
import type { Database } from '../../schema.ts';
import type { OpenEngine } from '../engine.ts';
import type { EngineClient } from '../pool/engine-client.ts';
import { pooledDialect } from '../pool/pooled-dialect.ts';
import { reportingOutage } from '../pool/report-outage.ts';
import { connectionOptions } from './connection-options.ts';
import { MariadbClient } from './mariadb-client.ts';
import { mariadbGrammar } from './mariadb-grammar.ts';

/** `mysql+pymysql://user:password@host/database?charset=utf8`, `mysql://…`, `mariadb://…` */
export const openMariadb: OpenEngine = (connection, { settings, info, warn, kyselyLog }) => {
  const { options, warnings } = connectionOptions(connection);
  for (const warning of warnings) warn(warning);
  let isChecked = false;
  const open = async (): Promise<EngineClient> => {
    const client = await MariadbClient.connect(options);
    try {
      await prepareSession(client, settings.mysqlSqlMode);
      if (!isChecked) await checkVersion(client);
      isChecked = true;
      return client;
    } catch (error) {
      client.end();
      throw error;
    }
  };
  return new Kysely<Database>({ dialect: pooledDialect(reportingOutage(open, { info, warn }), settings, mariadbGrammar), ...kyselyLog });
};

/** Strict whatever the server or the operator says: a value cut short or changed in silence is never right. */
async function prepareSession(client: EngineClient, sqlMode: string): Promise<void> {
  const mode = sqlMode === '' ? '@@sql_mode' : `'${sqlMode.replaceAll(/[^\w,]/g, '')}'`;
  await client.control('set session transaction isolation level read committed');
  // Backslashes escape in texts: what statements that travel together hold is written so.
  const strict = `concat(replace(${mode}, 'NO_BACKSLASH_ESCAPES', ''), ',STRICT_ALL_TABLES')`;
  await client.control(`set names utf8mb4 collate utf8mb4_nopad_bin, time_zone = '+00:00', sql_mode = ${strict}`);
}

async function checkVersion(client: EngineClient): Promise<void> {
  const { rows } = await client.run<{ readonly version: string }>('select version() as version', []);
  const version = rows[0]?.version ?? '';
  const [, major = '0', minor = '0'] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(version) ?? [];
  if (!/mariadb/i.test(version) || Number(major) * 100 + Number(minor) < 1006) {
    throw new CannotStart(`[database] connection: MariaDB 10.6 or newer is needed; the server is ${version}`);
  }
}

