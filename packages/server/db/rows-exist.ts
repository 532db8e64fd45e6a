import type { IsThere } from './transact.ts';
import type { Database } from './schema.ts';

/** Of objects that a transaction made, as `transact` asks: their ids were drawn by us, so they exist if and only if it was committed. */
export function rowsExist(table: 'networks' | 'ports' | 'subnets' | 'security_groups' | 'security_group_rules' | 'address_groups' | 'routers'): IsThere<readonly { readonly id?: unknown }[]> {
  return async (db, made) => {
    // All or none of them: one is asked for.
    const id = made[0]?.id;
    return id === undefined || (await db.selectFrom(table satisfies keyof Database).select('id').where('id', '=', String(id)).executeTakeFirst()) !== undefined;
  };
}
