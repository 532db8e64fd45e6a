import { resolve } from 'node:path';
import type { DatabaseSettings } from './database-settings.ts';

interface DatabaseOptions {
  readonly database: {
    readonly connection: string | null;
    readonly max_pool_size: number;
    readonly max_overflow: number;
    readonly pool_timeout: number;
    readonly connection_recycle_time: number;
    readonly mysql_sql_mode: string;
    readonly connection_debug: number;
  };
  readonly DEFAULT: { readonly state_path: string };
}

/** `[database] connection`; without it, an SQLite file in `state_path`. */
export function databaseUrl(config: DatabaseOptions): string {
  return config.database.connection ?? `sqlite:///${resolve(config.DEFAULT.state_path, 'neutron.sqlite')}`;
}

export function databaseSettings({ database }: DatabaseOptions): DatabaseSettings {
  return {
    maxPoolSize: database.max_pool_size,
    maxOverflow: database.max_overflow,
    poolTimeoutSeconds: database.pool_timeout,
    connectionRecycleSeconds: database.connection_recycle_time,
    mysqlSqlMode: database.mysql_sql_mode,
    connectionDebug: database.connection_debug,
  };
}
