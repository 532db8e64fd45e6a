import type { JsonObject } from '@neutrino/lib/json';
import type { Tx } from '../../../db/types.ts';
import { allocateAddresses, nextPosition, releaseAddresses } from '../../../ipam/allocate-addresses.ts';
import { changedAddresses, madeFromMac, type FixedIp } from '../../../ipam/changed-addresses.ts';
import type { IpamSubnet } from '../../../ipam/ipam-subnet.ts';
import { autoAddressWishes, explicitWishes } from '../../../ipam/requested-addresses.ts';
import { servingSubnets, subnetsForPort } from '../../../ipam/service-subnets.ts';
import { fixedIpRequests } from './fixed-ip-requests.ts';
import { addressesOf, type PortRow } from './port-view.ts';

/** Brings a port's addresses in line with a request's `fixed_ips` and with its MAC address. Returns whether any changed. */
export async function changeAddresses(
  tx: Tx,
  port: { readonly before: PortRow; readonly macAddress: string; readonly deviceOwner: string },
  changes: JsonObject,
  subnets: readonly IpamSubnet[],
): Promise<boolean> {
  const { before } = port;
  const current = (await addressesOf(tx, [before.id])).get(before.id) ?? [];
  const obsolete = port.macAddress === before.mac_address ? [] : madeFromMac(onAutoAddressSubnets(current, subnets), before.mac_address);
  const asked = await fixedIpRequests(tx, changes, subnets);
  if (asked === undefined && obsolete.length === 0) return false;

  const rest = current.filter((ip) => !obsolete.includes(ip));
  const wanted = (asked ?? rest).filter(({ ip_address }) => !obsolete.some((ip) => ip.ip_address === ip_address));
  const { keep, remove, add } = changedAddresses(rest, wanted, { subnets, deviceOwner: port.deviceOwner });
  await releaseAddresses(tx, before.id, [...remove, ...obsolete]);

  const owner = { id: before.id, networkId: before.network_id, macAddress: port.macAddress, deviceOwner: port.deviceOwner };
  const explicit = add.length === 0 ? [] : explicitWishes(owner, subnetsForPort(owner, subnets), add);
  const kept = new Set(keep.map(({ subnet_id }) => subnet_id));
  const computed = autoAddressWishes(owner, servingSubnets(owner, subnets), explicit).filter((wish) => wish.kind === 'eui64' && !kept.has(wish.subnet.id));
  const added = await allocateAddresses(tx, owner, [...explicit, ...computed], await nextPosition(tx, before.id));
  return remove.length + obsolete.length + added.length > 0;
}

function onAutoAddressSubnets(addresses: readonly FixedIp[], subnets: readonly IpamSubnet[]): readonly FixedIp[] {
  const auto = new Set(subnets.filter(({ autoAddress }) => autoAddress).map(({ id }) => id));
  return addresses.filter(({ subnet_id }) => auto.has(subnet_id));
}
