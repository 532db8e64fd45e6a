import type { Dialect } from 'kysely';
import type { DatabaseSettings } from '../../database-settings.ts';
import type { OpenClient } from './engine-client.ts';
import { PooledDriver } from './pooled-driver.ts';

/** What an engine's SQL is like. */
export type Grammar = Pick<Dialect, 'createQueryCompiler' | 'createAdapter' | 'createIntrospector'>;

/** An engine whose connections are kept in a pool. */
export function pooledDialect(open: OpenClient, settings: DatabaseSettings, grammar: Grammar): Dialect {
  return { ...grammar, createDriver: () => new PooledDriver(open, settings) };
}
