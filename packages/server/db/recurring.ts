import type { Compilable, CompiledQuery, DialectAdapter } from 'kysely';
import type { DbOrTx } from './types.ts';

const mostTexts = 500;
const texts = new WeakMap<DialectAdapter, Map<string, CompiledQuery>>();

/**
 * A statement whose text is made but once for each engine and `key`; `parameters` in the order in which it has them. For texts
 * that depend on more than values, such as the number of rows; see `prepared` for others.
 */
export function recurring(db: DbOrTx, key: string, build: () => Compilable<unknown>, parameters: readonly unknown[]): CompiledQuery {
  const { adapter } = db.getExecutor();
  const known = texts.get(adapter) ?? new Map<string, CompiledQuery>();
  texts.set(adapter, known);
  const compiled = known.get(key) ?? build().compile();
  if (known.size >= mostTexts) known.clear();
  known.set(key, compiled);
  if (compiled.parameters.length !== parameters.length) throw new Error(`${compiled.sql}: ${parameters.length} parameters for ${compiled.parameters.length} places`);
  return { ...compiled, parameters };
}
