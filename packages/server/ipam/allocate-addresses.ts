import { formatIp } from '@neutrino/lib/net/ip';
import type { Tx } from '../db/types.ts';
import { addressKey } from './address-key.ts';
import type { FixedIp } from './changed-addresses.ts';
import { chooseAddresses, type ChosenAddress } from './choose-addresses.ts';
import { HeldAddresses } from './held-addresses.ts';
import type { AddressOwner, AddressWish } from './requested-addresses.ts';

export interface AddressedPort extends AddressOwner {
  readonly id: string;
}

export interface AllocationRow {
  readonly port_id: string;
  readonly subnet_id: string;
  readonly network_id: string;
  readonly ip_address: string;
  readonly ip_key: string;
  readonly position: number;
}

/** Chooses addresses for a port's wishes and takes them: see `chooseAddresses`. Returns them in the wishes' order. */
export async function allocateAddresses(tx: Tx, port: AddressedPort, wishes: readonly AddressWish[], firstPosition = 0): Promise<readonly FixedIp[]> {
  if (wishes.length === 0) return [];
  const [chosen = []] = await chooseAddresses(tx, [{ owner: port, wishes }], new HeldAddresses());
  const rows = allocationRows(port, chosen, firstPosition);
  if (rows.length > 0) await tx.insertInto('ip_allocations').values(rows).execute();
  return rows.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address }));
}

export function allocationRows(port: AddressedPort, chosen: readonly ChosenAddress[], firstPosition = 0): readonly AllocationRow[] {
  return chosen.map(({ subnet, ip, position }) => ({
    port_id: port.id,
    subnet_id: subnet.id,
    network_id: port.networkId,
    ip_address: formatIp(ip),
    ip_key: addressKey(ip),
    position: firstPosition + position,
  }));
}

/** Gives addresses of a port back to their subnets. */
export async function releaseAddresses(tx: Tx, portId: string, addresses: readonly FixedIp[]): Promise<void> {
  for (const { subnet_id, ip_address } of addresses) {
    await tx
      .deleteFrom('ip_allocations')
      .where('port_id', '=', portId)
      .where('subnet_id', '=', subnet_id)
      .where('ip_address', '=', ip_address)
      .execute();
  }
}

/** Where the next address of a port stands in its `fixed_ips`. */
export async function nextPosition(tx: Tx, portId: string): Promise<number> {
  const row = await tx
    .selectFrom('ip_allocations')
    .select(({ fn }) => fn.max('position').as('last'))
    .where('port_id', '=', portId)
    .executeTakeFirst();
  return row?.last === null || row?.last === undefined ? 0 : row.last + 1;
}
