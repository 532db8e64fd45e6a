import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetNotFound } from '@neutrino/lib/exceptions/subnet';
import type { JsonObject } from '@neutrino/lib/json';
import { canonicalIp } from '@neutrino/lib/net/ip';
import type { DbOrTx } from '../../../db/types.ts';
import type { IpamSubnet } from '../../../ipam/ipam-subnet.ts';
import type { FixedIpRequest } from '../../../ipam/requested-addresses.ts';
import { objectsOf, optionalList, optionalText } from '../request-values.ts';

/** `fixed_ips` of a request; undefined where it does not say. Throws SubnetNotFound where it names a subnet that does not exist at all. */
export async function fixedIpRequests(db: DbOrTx, body: JsonObject, subnets: readonly IpamSubnet[]): Promise<readonly FixedIpRequest[] | undefined> {
  const asked = optionalList(body, 'fixed_ips');
  if (asked === undefined) return undefined;
  const requests = objectsOf(asked).map(requestOf);
  for (const { subnet_id } of requests) {
    if (subnet_id === undefined || subnets.some(({ id }) => id === subnet_id)) continue;
    const elsewhere = await db.selectFrom('subnets').select('id').where('id', '=', subnet_id).executeTakeFirst();
    if (elsewhere === undefined) throw new NeutronError(SubnetNotFound, { subnet_id });
  }
  return requests;
}

function requestOf(fixed: JsonObject): FixedIpRequest {
  const subnet = optionalText(fixed, 'subnet_id');
  const address = optionalText(fixed, 'ip_address');
  return {
    ...(subnet === undefined ? {} : { subnet_id: subnet }),
    ...(address === undefined ? {} : { ip_address: canonicalIp(address) ?? address }),
  };
}
