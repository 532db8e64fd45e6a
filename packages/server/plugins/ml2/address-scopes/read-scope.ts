import { AddressScopeNotFound } from '@neutrino/lib/exceptions/address-scope';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { sql, type Selectable } from 'kysely';
import type { RequestContext } from '../../../context.ts';
import type { AddressScopesTable } from '../../../db/schema.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { visibleAddressScopes } from '../visibility.ts';

export type ScopeRow = Selectable<AddressScopesTable>;

/** The row of a scope the context may see. Throws AddressScopeNotFound. */
export async function visibleScope(db: DbOrTx, context: RequestContext, id: string): Promise<ScopeRow> {
  const row = await db.selectFrom('address_scopes').selectAll().where('id', '=', id).where(visibleAddressScopes(context)).executeTakeFirst();
  if (row === undefined) throw new NeutronError(AddressScopeNotFound, { address_scope_id: id });
  return row;
}

/** As visibleScope, and until the end of the transaction nobody else changes it or the prefixes in it. */
export async function lockedScope(tx: Tx, context: RequestContext, id: string): Promise<ScopeRow> {
  await tx.updateTable('address_scopes').set({ changes: sql`changes + 1` }).where('id', '=', id).execute();
  return visibleScope(tx, context, id);
}
