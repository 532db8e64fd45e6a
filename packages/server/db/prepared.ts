import type { Compilable, CompiledQuery, DialectAdapter, QueryResult } from 'kysely';
import type { DbOrTx } from './types.ts';

/** Stands in a query for a value that comes with each execution. */
class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The place of a parameter in a query; the type is that of the value. */
export type ParameterPlaces<Parameters> = { readonly [Name in keyof Parameters]: Parameters[Name] };

/**
 * A query that runs often: its text is made once for each engine, as making it takes longer than most engines take to
 * answer it. `build` uses the places where it would use values; what it builds may not depend on anything else.
 */
export function prepared<Parameters extends Readonly<Record<string, string | number | null>>, Row>(
  names: readonly (keyof Parameters & string)[],
  build: (db: DbOrTx, places: ParameterPlaces<Parameters>) => Compilable<Row>,
): (db: DbOrTx, parameters: Parameters) => Promise<QueryResult<Row>> {
  const places = Object.fromEntries(names.map((name) => [name, new Parameter(name)])) as unknown as ParameterPlaces<Parameters>;
  const texts = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
  return (db, parameters) => {
    // A handle and the transactions on it share the adapter.
    const { adapter } = db.getExecutor();
    const known = texts.get(adapter);
    const compiled = known ?? build(db, places).compile();
    if (known === undefined) texts.set(adapter, compiled);
    return db.executeQuery<Row>({
      ...compiled,
      parameters: compiled.parameters.map((value) => (value instanceof Parameter ? parameters[value.name] : value)),
    });
  };
}
