import { Kysely } from 'kysely';
import type { Database } from '../../schema.ts';
import type { OpenEngine } from '../engine.ts';
import { SqliteFileDialect } from './dialect.ts';
import { openHandles } from './handles.ts';

/**
 * `sqlite://` is a database in memory. Any other URL names a file by its absolute path:
 * `sqlite:////var/lib/neutron/neutron.sqlite` as SQLAlchemy spells it, or with three slashes.
 */
export const openSqlite: OpenEngine = (connection, { kyselyLog }) => {
  const path = connection.replace(/^sqlite:\/\//, '').replace(/^\/+/, '/');
  const file = path === '' || path === '/' || path === '/:memory:' ? ':memory:' : path;
  return new Kysely<Database>({ dialect: new SqliteFileDialect(openHandles(file)), ...kyselyLog });
};
