/** How the database is used: the options of `[database]`. */
export interface DatabaseSettings {
  /** Connections that are kept when there is nothing to do; 0: as many as there ever were at once. */
  readonly maxPoolSize: number;
  /** How many more there may be for a while; -1: any number. */
  readonly maxOverflow: number;
  /** How long a query waits for a connection. */
  readonly poolTimeoutSeconds: number;
  /** Older connections are closed rather than used; -1: none are. */
  readonly connectionRecycleSeconds: number;
  /** MariaDB's sql_mode; empty: what the server has. Strict in any case. */
  readonly mysqlSqlMode: string;
  /** Statements go to the log: 0 none, 50 their texts, 100 their parameters too. */
  readonly connectionDebug: number;
}

export const defaultDatabaseSettings: DatabaseSettings = {
  maxPoolSize: 5,
  maxOverflow: 50,
  poolTimeoutSeconds: 30,
  connectionRecycleSeconds: 3600,
  mysqlSqlMode: 'TRADITIONAL',
  connectionDebug: 0,
};
