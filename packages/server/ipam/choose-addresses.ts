import { IpAddressAlreadyAllocated, IpAddressGenerationFailure } from '@neutrino/lib/exceptions/ip-allocation';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { formatIp, parseIp, type IpAddress } from '@neutrino/lib/net/ip';
import { eui64Address } from '@neutrino/lib/net/mac';
import { sql, type SqlBool } from 'kysely';
import { either } from '../db/list-query.ts';
import type { DbOrTx } from '../db/types.ts';
import { addressKey } from './address-key.ts';
import { findFreeAddresses } from './free-address.ts';
import type { HeldAddresses } from './held-addresses.ts';
import type { IpamSubnet } from './ipam-subnet.ts';
import type { AddressOwner, AddressWish } from './requested-addresses.ts';

export interface ChosenAddress {
  readonly subnet: IpamSubnet;
  readonly ip: IpAddress;
  /** Its place among the addresses of the port. */
  readonly position: number;
}

export interface WishingPort {
  readonly owner: AddressOwner;
  readonly wishes: readonly AddressWish[];
}

type Slot = { readonly wish: AddressWish; readonly port: WishingPort; chosen?: Omit<ChosenAddress, 'position'> };

/**
 * Addresses for the wishes of several ports, no two alike: one query for those asked for by name, and about one a subnet for the
 * others. Nothing is written: of two requests that choose the same address one meets the other in the primary key of
 * `ip_allocations` and is repeated. Throws IpAddressAlreadyAllocated for an address asked for that another port has,
 * IpAddressGenerationFailure where the pools are exhausted.
 */
export async function chooseAddresses(db: DbOrTx, ports: readonly WishingPort[], held: HeldAddresses): Promise<readonly (readonly ChosenAddress[])[]> {
  const slots = ports.map((port): readonly Slot[] => port.wishes.map((wish) => ({ wish, port })));
  const all = slots.flat();
  // Addresses asked for by name go first: the choice of the others must not take them.
  await takeExactly(db, all, held);
  await takeAny(db, all.filter(({ wish }) => wish.kind === 'any'), held);
  return slots.map((own) => own.flatMap(({ chosen }, position) => (chosen === undefined ? [] : [{ ...chosen, position }])));
}

async function takeExactly(db: DbOrTx, slots: readonly Slot[], held: HeldAddresses): Promise<void> {
  const named = slots.flatMap((slot) => {
    const exact = exactWish(slot);
    return exact === undefined ? [] : [{ slot, ...exact }];
  });
  if (named.length === 0) return;
  const among = either(named.map(({ subnet, ip }) => sql<SqlBool>`(ip_allocations.subnet_id = ${subnet.id} and ip_allocations.ip_key = ${addressKey(ip)})`));
  const rows = await db.selectFrom('ip_allocations').select(['subnet_id', 'ip_key']).where(among).execute();
  const taken = new Set(rows.map(({ subnet_id, ip_key }) => `${subnet_id} ${ip_key}`));
  for (const { slot, subnet, ip } of named) {
    const name = `${subnet.id} ${addressKey(ip)}`;
    if (taken.has(name)) throw new NeutronError(IpAddressAlreadyAllocated, { ip: formatIp(ip), subnet_id: subnet.id });
    taken.add(name);
    held.hold(subnet.id, addressKey(ip));
    slot.chosen = { subnet, ip };
  }
}

function exactWish({ wish, port: { owner } }: Slot): { readonly subnet: IpamSubnet; readonly ip: IpAddress } | undefined {
  if (wish.kind === 'any') return undefined;
  if (wish.kind === 'this') return wish;
  const ip = parseIp(eui64Address(wish.subnet.cidr, owner.macAddress));
  if (ip === undefined) throw new RangeError(`no EUI-64 address for ${owner.macAddress}`);
  return { subnet: wish.subnet, ip };
}

async function takeAny(db: DbOrTx, slots: readonly Slot[], held: HeldAddresses): Promise<void> {
  for (const group of Map.groupBy(slots, kindOfChoice).values()) {
    let open: readonly Slot[] = group;
    const [first] = group;
    const subnets = first?.wish.kind === 'any' ? first.wish.subnets : [];
    for (const subnet of subnets) {
      if (open.length === 0) break;
      const found = await findFreeAddresses(db, subnet, open.length, { lowest: first !== undefined && wantsLowest(first), held: held.of(subnet.id), windows: held.windows });
      found.forEach((ip, index) => {
        const slot = open[index];
        if (slot !== undefined) slot.chosen = { subnet, ip };
        held.hold(subnet.id, addressKey(ip));
      });
      open = open.slice(found.length);
    }
    const [left] = open;
    if (left !== undefined) throw new NeutronError(IpAddressGenerationFailure, { net_id: left.port.owner.networkId });
  }
}

/** Wishes that are fulfilled by the same search. */
function kindOfChoice(slot: Slot): string {
  const subnets = slot.wish.kind === 'any' ? slot.wish.subnets.map(({ id }) => id) : [];
  return [wantsLowest(slot) ? 'lowest' : 'any', ...subnets].join(' ');
}

/** A DHCP port gets the lowest one: people look for it there. */
function wantsLowest({ port }: Slot): boolean {
  return port.owner.deviceOwner === 'network:dhcp';
}
