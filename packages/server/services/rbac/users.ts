import { sql, type RawBuilder, type SqlBool } from 'kysely';

/** A project, or all projects but those named. The server's own objects, which have the empty project, are no project's. */
export type Users = { readonly project: string } | { readonly allBut: readonly string[] };

/** The condition that the project in the column is one of them. */
export function isOf(users: Users, column: string): RawBuilder<SqlBool> {
  if ('project' in users) return sql<SqlBool>`${sql.ref(column)} = ${users.project}`;
  return sql<SqlBool>`${sql.ref(column)} not in (${sql.join(['', ...users.allBut])})`;
}
