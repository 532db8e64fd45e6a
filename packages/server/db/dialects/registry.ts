import type { Db } from '../types.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';

/** URL scheme of `[database] connection` → how that engine is opened. */
export const dialects: Readonly<Record<string, (connection: string) => Db>> = {
  sqlite: openSqlite,
};
