import { DefaultExternalNetworkExists } from '@neutrino/lib/exceptions/auto-allocate';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import type { NetworksTable } from '../../../db/schema.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';

type DefaultColumns = Pick<Selectable<NetworksTable>, 'is_default' | 'default_claim'>;

const isDefault = { is_default: 1, default_claim: 1 } as const;
const isNone = { is_default: 0, default_claim: null } as const;

/** The network outside that networks lead to whose projects say no more; one that leads there no longer is none. */
export async function defaultExternalNetwork(db: DbOrTx): Promise<string | undefined> {
  const row = await db
    .selectFrom('networks')
    .select('id')
    .where('default_claim', '=', 1)
    .where('id', 'in', (eb) => eb.selectFrom('network_rbacs').select('object_id').where('action', '=', 'access_as_external'))
    .executeTakeFirst();
  return row?.id;
}

/**
 * What a request makes of that; empty: nothing. Only networks that lead outside are the default. Throws
 * DefaultExternalNetworkExists; who loses a race for being it loses it in the table's unique key, comes back and is refused here.
 */
export async function defaultColumns(tx: Tx, id: string, body: JsonObject, original?: JsonObject): Promise<Partial<DefaultColumns>> {
  const wanted = body['is_default'];
  const isExternal = (body['router:external'] ?? original?.['router:external']) === true;
  if (wanted === true) await claim(tx, id);
  if (wanted === true && isExternal) return isDefault;
  return wanted !== undefined || body['router:external'] === false ? isNone : {};
}

async function claim(tx: Tx, id: string): Promise<void> {
  const holder = await defaultExternalNetwork(tx);
  if (holder !== undefined && holder !== id) throw new NeutronError(DefaultExternalNetworkExists, { net_id: holder });
  // One that was the default when it last led outside.
  if (holder === undefined) await tx.updateTable('networks').set(isNone).where('default_claim', '=', 1).execute();
}
