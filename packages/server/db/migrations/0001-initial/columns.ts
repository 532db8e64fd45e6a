import { sql, type CreateTableBuilder, type RawBuilder } from 'kysely';

/** Column types that all engines share. Ids are UUIDs as text; booleans are 0 and 1. */
export const id = 'varchar(36)';
export const name = 'varchar(255)';
/** utf8mb4 columns of MariaDB stop at about 16,000 characters; JSON documents go into `text`. */
export const time = 'varchar(19)';

export function emptyText(): RawBuilder<string> {
  return sql<string>`''`;
}

/** description, revision_number, created_at and updated_at, as every API resource has them. */
export function standardAttributes<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>,
): CreateTableBuilder<T, C | 'description' | 'revision_number' | 'created_at' | 'updated_at'> {
  return table
    .addColumn('description', name, (column) => column.notNull().defaultTo(''))
    .addColumn('revision_number', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', time, (column) => column.notNull())
    .addColumn('updated_at', time, (column) => column.notNull());
}
