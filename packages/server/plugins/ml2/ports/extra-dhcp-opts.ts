import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList } from '../../../db/id-list.ts';
import { insertRows } from '../../../db/insert-rows.ts';
import type { ExtraDhcpOptsTable } from '../../../db/schema.ts';
import { writeTogether } from '../../../db/together.ts';
import type { Tx } from '../../../db/types.ts';
import { objectsOf, optionalList, optionalNumber, optionalText, textOf } from '../request-values.ts';

/** Sets the DHCP options that a request names, and takes away those it gives the value null. Others stay. */
export async function storeDhcpOptions(tx: Tx, portId: string, body: JsonObject): Promise<void> {
  const asked = new Set(askedOptions(body).map(({ name, version }) => keyOf(name, version)));
  if (asked.size === 0) return;
  const known = await tx.selectFrom('extra_dhcp_opts').select(['id', 'opt_name', 'ip_version']).where('port_id', '=', portId).execute();
  const replaced = known.filter(({ opt_name, ip_version }) => asked.has(keyOf(opt_name, ip_version))).map(({ id }) => id);
  if (replaced.length > 0) await tx.deleteFrom('extra_dhcp_opts').where(inList('id', replaced)).execute();
  await writeTogether(tx, insertRows(tx, 'extra_dhcp_opts', dhcpOptionRows(portId, body)));
}

/** The options of a port that is to be created. One that is named again is the last one's. */
export function dhcpOptionRows(portId: string, body: JsonObject): readonly Selectable<ExtraDhcpOptsTable>[] {
  const rows = new Map<string, Selectable<ExtraDhcpOptsTable>>();
  for (const { name, version, value } of askedOptions(body)) {
    const key = keyOf(name, version);
    if (value === undefined) rows.delete(key);
    else rows.set(key, optionRow(portId, { name, version, value }));
  }
  return [...rows.values()];
}

function keyOf(name: string, version: number): string {
  return `${name} ${version}`;
}

interface AskedOption {
  readonly name: string;
  readonly version: 4 | 6;
  /** Undefined: the option is taken away. */
  readonly value: string | undefined;
}

function askedOptions(body: JsonObject): readonly AskedOption[] {
  return objectsOf(optionalList(body, 'extra_dhcp_opts') ?? []).map((option) => ({
    name: textOf(option, 'opt_name', ''),
    version: optionalNumber(option, 'ip_version') === 6 ? 6 : 4,
    value: optionalText(option, 'opt_value'),
  }));
}

function optionRow(portId: string, { name, version, value }: AskedOption & { readonly value: string }): Selectable<ExtraDhcpOptsTable> {
  return { id: crypto.randomUUID(), port_id: portId, opt_name: name, opt_value: value, ip_version: version };
}
