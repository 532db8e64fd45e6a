import { PostgresAdapter, PostgresIntrospector } from 'kysely';
import type { Grammar } from '../pool/pooled-dialect.ts';
import { ServerQueryCompiler } from './postgres-compiler.ts';

/** PostgreSQL 12 and newer. */
export const postgresGrammar: Grammar = {
  createQueryCompiler: () => new ServerQueryCompiler(),
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
};
