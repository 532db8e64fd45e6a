import type { OpenEngine } from './engine.ts';

const openMariadb = async (): Promise<OpenEngine> => (await import('./mariadb/open-mariadb.ts')).openMariadb;
const openPostgres = async (): Promise<OpenEngine> => (await import('./postgres/open-postgres.ts')).openPostgres;
const openSqlite = async (): Promise<OpenEngine> => (await import('./sqlite/open-sqlite.ts')).openSqlite;

/** URL scheme of `[database] connection`, without the driver → that engine, whose client is loaded only where it is used. */
export const dialects: Readonly<Record<string, () => Promise<OpenEngine>>> = {
  mariadb: openMariadb,
  mysql: openMariadb,
  postgresql: openPostgres,
  postgres: openPostgres,
  sqlite: openSqlite,
};
