import type { JsonObject } from '@neutrino/lib/json';
import type { Tx } from '../../../db/types.ts';
import { objectsOf, optionalList, optionalNumber, optionalText, textOf } from '../request-values.ts';

/** Sets the DHCP options that a request names, and takes away those it gives the value null. Others stay. */
export async function storeDhcpOptions(tx: Tx, portId: string, body: JsonObject): Promise<void> {
  for (const option of objectsOf(optionalList(body, 'extra_dhcp_opts') ?? [])) {
    const name = textOf(option, 'opt_name', '');
    const version = optionalNumber(option, 'ip_version') === 6 ? 6 : 4;
    await tx.deleteFrom('extra_dhcp_opts').where('port_id', '=', portId).where('opt_name', '=', name).where('ip_version', '=', version).execute();
    const value = optionalText(option, 'opt_value');
    if (value === undefined) continue;
    await tx
      .insertInto('extra_dhcp_opts')
      .values({ id: crypto.randomUUID(), port_id: portId, opt_name: name, opt_value: value, ip_version: version })
      .execute();
  }
}
