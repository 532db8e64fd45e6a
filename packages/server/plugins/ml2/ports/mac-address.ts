import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { MacAddressInUse } from '@neutrino/lib/exceptions/port';
import { canonicalMac, randomMac } from '@neutrino/lib/net/mac';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';

/** A `base_mac` of four octets leaves few enough to run out of. */
const mostDraws = 100;

/**
 * A MAC address of our own, and none of those `drawn` for other ports of the request, among which it is from now on. One already on the network
 * meets the unique constraint, and all is drawn again.
 */
export function drawMac(ml2: Ml2, drawn: Set<string> = new Set()): string {
  const draw = (): string => randomMac(ml2.settings.baseMac, crypto.getRandomValues(new Uint8Array(6)));
  let mac = draw();
  for (let draws = 1; drawn.has(mac) && draws < mostDraws; draws++) mac = draw();
  drawn.add(mac);
  return mac;
}

/** The MAC address asked for, in canonical form. Throws MacAddressInUse where another port of the network has it. */
export async function checkedMac(tx: Tx, networkId: string, asked: string): Promise<string> {
  const mac = canonicalMac(asked) ?? asked;
  const taken = await tx.selectFrom('ports').select('id').where('network_id', '=', networkId).where('mac_address', '=', mac).executeTakeFirst();
  if (taken !== undefined) throw new NeutronError(MacAddressInUse, { net_id: networkId, mac });
  return mac;
}

/** As `checkedMac` for many ports to be created, of which no two may have the same address on one network: one query. */
export async function checkMacs(db: DbOrTx, asked: readonly { readonly networkId: string; readonly mac: string }[]): Promise<void> {
  if (asked.length === 0) return;
  const rows = await db
    .selectFrom('ports')
    .select(['network_id', 'mac_address'])
    .where('mac_address', 'in', [...new Set(asked.map(({ mac }) => mac))])
    .execute();
  const taken = new Set(rows.map(({ network_id, mac_address }) => `${network_id} ${mac_address}`));
  for (const { networkId, mac } of asked) {
    const key = `${networkId} ${mac}`;
    if (taken.has(key)) throw new NeutronError(MacAddressInUse, { net_id: networkId, mac });
    taken.add(key);
  }
}
