import type { OpenEngine } from './engine.ts';
import { openMariadb } from './mariadb/open-mariadb.ts';
import { openPostgres } from './postgres/open-postgres.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';

/** URL scheme of `[database] connection`, without the driver → how that engine is opened. */
export const dialects: Readonly<Record<string, OpenEngine>> = {
  mariadb: openMariadb,
  mysql: openMariadb,
  postgresql: openPostgres,
  postgres: openPostgres,
  sqlite: openSqlite,
};
