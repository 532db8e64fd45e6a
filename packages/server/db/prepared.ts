import type { Compilable, CompiledQuery, DialectAdapter } from 'kysely';
import type { DbOrTx } from './types.ts';

/** Stands in a query for a value that comes with each execution. */
class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Values = Readonly<Record<string, string | number | null>>;

/**
 * A query that runs often: its text is made once for each engine, as making it takes longer than most engines take to
 * answer it. `build` gets places where it would use values; what it builds may not depend on anything else.
 *
 *     const nameOf = prepared<{ id: string }, { name: string }>(['id'], (db, { id }) => db.selectFrom('ports').select('name').where('id', '=', id));
 *     const { rows } = await db.executeQuery(nameOf(db, { id }));
 */
export function prepared<Parameters extends Values, Row>(
  names: readonly (keyof Parameters & string)[],
  build: (db: DbOrTx, places: Parameters) => Compilable<Row>,
): (db: DbOrTx, parameters: Parameters) => CompiledQuery<Row> {
  // To the query builder a place is a value like others.
  const places = Object.fromEntries(names.map((name) => [name, new Parameter(name)])) as unknown as Parameters;
  const texts = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
  return (db, parameters) => {
    // A handle and the transactions on it share the adapter.
    const { adapter } = db.getExecutor();
    const compiled = texts.get(adapter) ?? build(db, places).compile();
    texts.set(adapter, compiled);
    return { ...compiled, parameters: compiled.parameters.map((value) => (value instanceof Parameter ? parameters[value.name] : value)) };
  };
}
