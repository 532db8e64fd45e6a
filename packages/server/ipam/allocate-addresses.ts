import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { IpAddressAlreadyAllocated, IpAddressGenerationFailure } from '@neutrino/lib/exceptions/ip-allocation';
import { formatIp, parseIp, type IpAddress } from '@neutrino/lib/net/ip';
import { eui64Address } from '@neutrino/lib/net/mac';
import type { Tx } from '../db/types.ts';
import { addressKey } from './address-key.ts';
import type { FixedIp } from './changed-addresses.ts';
import { findFreeAddress } from './free-address.ts';
import type { IpamSubnet } from './ipam-subnet.ts';
import type { AddressOwner, AddressWish } from './requested-addresses.ts';

export interface AddressedPort extends AddressOwner {
  readonly id: string;
}

interface Allocation {
  readonly subnet: IpamSubnet;
  readonly ip: IpAddress;
}

/**
 * Fulfils the wishes in one transaction and returns the port's new addresses in the wishes' order. Throws
 * IpAddressAlreadyAllocated for an address asked for that another port has, IpAddressGenerationFailure where
 * the pools are exhausted. Two transactions that choose the same address meet in the primary key of
 * `ip_allocations`; `transact` repeats the later one.
 */
export async function allocateAddresses(tx: Tx, port: AddressedPort, wishes: readonly AddressWish[], firstPosition = 0): Promise<readonly FixedIp[]> {
  const granted = new Map<AddressWish, Allocation>();
  // Addresses asked for by name go first: the choice of the others must not take them.
  for (const wish of wishes.toSorted((a, b) => rank(a) - rank(b))) {
    const allocation = await grant(tx, port, wish);
    await tx
      .insertInto('ip_allocations')
      .values({
        port_id: port.id,
        subnet_id: allocation.subnet.id,
        network_id: port.networkId,
        ip_address: formatIp(allocation.ip),
        ip_key: addressKey(allocation.ip),
        position: firstPosition + wishes.indexOf(wish),
      })
      .execute();
    granted.set(wish, allocation);
  }
  return wishes.flatMap((wish) => {
    const allocation = granted.get(wish);
    return allocation === undefined ? [] : [{ subnet_id: allocation.subnet.id, ip_address: formatIp(allocation.ip) }];
  });
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

function rank(wish: AddressWish): number {
  return wish.kind === 'any' ? 1 : 0;
}

async function grant(tx: Tx, port: AddressedPort, wish: AddressWish): Promise<Allocation> {
  switch (wish.kind) {
    case 'this':
      return takeExactly(tx, wish.subnet, wish.ip);
    case 'eui64': {
      const ip = parseIp(eui64Address(wish.subnet.cidr, port.macAddress));
      if (ip === undefined) throw new RangeError(`no EUI-64 address for ${port.macAddress}`);
      return takeExactly(tx, wish.subnet, ip);
    }
    case 'any': {
      // A DHCP port gets the lowest one: people look for it there.
      const lowest = port.deviceOwner === 'network:dhcp';
      for (const subnet of wish.subnets) {
        const ip = await findFreeAddress(tx, subnet, { lowest });
        if (ip !== undefined) return { subnet, ip };
      }
      throw new NeutronError(IpAddressGenerationFailure, { net_id: port.networkId });
    }
  }
}

async function takeExactly(tx: Tx, subnet: IpamSubnet, ip: IpAddress): Promise<Allocation> {
  const taken = await tx
    .selectFrom('ip_allocations')
    .select('port_id')
    .where('subnet_id', '=', subnet.id)
    .where('ip_key', '=', addressKey(ip))
    .executeTakeFirst();
  if (taken !== undefined) throw new NeutronError(IpAddressAlreadyAllocated, { ip: formatIp(ip), subnet_id: subnet.id });
  return { subnet, ip };
}
