import type { CompiledQuery, Insertable } from 'kysely';
import { recurring } from './recurring.ts';
import type { Database } from './schema.ts';
import type { DbOrTx } from './types.ts';

/** Engines limit the parameters of a statement. */
const rowsAtOnce = 500;

/** Statements that insert the rows, one as long as they are not very many. All rows have the same columns. */
export function insertRows<T extends keyof Database & string>(db: DbOrTx, table: T, rows: readonly Insertable<Database[T]>[]): readonly CompiledQuery[] {
  const columns = Object.keys(rows[0] ?? {});
  const statements: CompiledQuery[] = [];
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const part = rows.slice(start, start + rowsAtOnce);
    const values = part.flatMap((row) => columns.map((column): unknown => Reflect.get(row, column)));
    statements.push(recurring(db, `insert ${table} ${part.length} ${columns.join()}`, () => db.insertInto(table).values(part), values));
  }
  return statements;
}
