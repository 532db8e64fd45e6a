import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { AddressPairsExhausted, DuplicateAddressPairInRequest } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import { canonicalMac } from '@neutrino/lib/net/mac';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { objectsOf, optionalList, optionalText, textOf } from '../request-values.ts';

interface PairRow {
  readonly port_id: string;
  readonly mac_address: string;
  readonly ip_address: string;
}

/** Replaces a port's allowed address pairs where the request speaks of them. */
export async function storeAddressPairs(ml2: Ml2, tx: Tx, port: { readonly id: string; readonly macAddress: string }, body: JsonObject): Promise<void> {
  if (optionalList(body, 'allowed_address_pairs') === undefined) return;
  const pairs = addressPairRows(ml2, port, body);
  await tx.deleteFrom('allowed_address_pairs').where('port_id', '=', port.id).execute();
  if (pairs.length > 0) await tx.insertInto('allowed_address_pairs').values(pairs).execute();
}

/** The pairs that a request asks for; none where it does not speak of them. A pair without a MAC address gets the port's. */
export function addressPairRows(ml2: Ml2, port: { readonly id: string; readonly macAddress: string }, body: JsonObject): readonly PairRow[] {
  const asked = optionalList(body, 'allowed_address_pairs') ?? [];
  const { maxAllowedAddressPairs } = ml2.settings;
  if (asked.length > maxAllowedAddressPairs) throw new NeutronError(AddressPairsExhausted, { quota: maxAllowedAddressPairs });
  const pairs = objectsOf(asked).map((pair) => {
    const mac = optionalText(pair, 'mac_address') ?? port.macAddress;
    return { port_id: port.id, mac_address: canonicalMac(mac) ?? mac, ip_address: textOf(pair, 'ip_address', '') };
  });
  const seen = new Set<string>();
  for (const [index, { mac_address, ip_address }] of pairs.entries()) {
    const key = `${mac_address} ${ip_address}`;
    if (seen.has(key)) throw new NeutronError(DuplicateAddressPairInRequest, { mac_address: optionalText(objectsOf(asked)[index] ?? {}, 'mac_address') ?? 'None', ip_address });
    seen.add(key);
  }
  return pairs;
}
