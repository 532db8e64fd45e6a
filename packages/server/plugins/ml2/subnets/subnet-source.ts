import { PREFIX_DELEGATION } from '@neutrino/lib/api/definitions/subnet';
import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { cidrOf, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { addressBits, parseIp, type IpVersion } from '@neutrino/lib/net/ip';
import type { RequestContext } from '../../../context.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { booleanOf, optionalNumber, optionalText } from '../request-values.ts';
import { allocatePrefix, type PrefixWish } from '../subnetpools/allocate-prefix.ts';
import type { PoolRow } from '../subnetpools/pool-view.ts';
import { lockedPool } from '../subnetpools/read-pool.ts';
import { visibleSubnetpools } from '../visibility.ts';
import { checkedCidr } from './validate-subnet.ts';

/** Where a new subnet's prefix comes from: the request, a pool, or a router that is yet to be told it by others. */
export type SubnetSource = { readonly kind: 'given'; readonly cidr: Cidr } | { readonly kind: 'pool'; readonly poolId: string } | { readonly kind: 'delegated' };

/** What stands for a prefix that is yet to be delegated. Subnets that have it overlap nothing. */
export const provisionalPrefix: Cidr = { version: 6, first: 0n, prefixLength: 64 };

/** Throws BadRequest where the request does not say which, or says more than one. */
export async function sourceOf(ml2: Ml2, tx: Tx, context: RequestContext, body: JsonObject): Promise<SubnetSource> {
  const cidr = optionalText(body, 'cidr');
  if (cidr !== undefined && optionalNumber(body, 'prefixlen') !== undefined) refuse('cidr and prefixlen must not be supplied together');
  const poolId = await poolIdOf(ml2, tx, context, body);
  if (poolId === undefined) {
    if (cidr === undefined) return refuse('a subnetpool must be specified in the absence of a cidr');
    return { kind: 'given', cidr: checkedCidr(cidr, versionOf(body)) };
  }
  if (cidr === undefined && Array.isArray(body['allocation_pools'])) refuse('allocation_pools allowed only for specific subnet requests.');
  if (poolId !== PREFIX_DELEGATION) return { kind: 'pool', poolId };
  // A prefix of one's own needs nobody to delegate it.
  if (cidr !== undefined) return { kind: 'given', cidr: checkedCidr(cidr, versionOf(body)) };
  checkDelegation(body);
  return { kind: 'delegated' };
}

/** Locks the pool, and finds the prefix that the request asks for. */
export async function prefixFromPool(tx: Tx, context: RequestContext, body: JsonObject, poolId: string): Promise<{ readonly cidr: Cidr; readonly pool: PoolRow }> {
  const pool = await lockedPool(tx, context, poolId);
  const version = versionOf(body);
  if (version !== pool.ip_version) refuse(`Cannot allocate IPv${String(version)} subnet from IPv${String(pool.ip_version)} subnet pool`);
  const projectId = optionalText(body, 'project_id') ?? context.projectId ?? '';
  return { pool, cidr: await allocatePrefix(tx, pool, projectId, prefixWish(body, pool)) };
}

function versionOf(body: JsonObject): IpVersion {
  return optionalNumber(body, 'ip_version') === 6 ? 6 : 4;
}

/** A gateway without a prefix means the prefix that it lies in. */
function prefixWish(body: JsonObject, pool: PoolRow): PrefixWish {
  const cidr = optionalText(body, 'cidr');
  if (cidr !== undefined) return { kind: 'this', cidr: checkedCidr(cidr, pool.ip_version) };
  const prefixLength = optionalNumber(body, 'prefixlen') ?? pool.default_prefixlen;
  const gateway = parseIp(optionalText(body, 'gateway_ip') ?? '');
  if (gateway?.version !== pool.ip_version || prefixLength > addressBits(pool.ip_version)) return { kind: 'any', prefixLength };
  return { kind: 'this', cidr: cidrOf(gateway, prefixLength) };
}

async function poolIdOf(ml2: Ml2, db: DbOrTx, context: RequestContext, body: JsonObject): Promise<string | undefined> {
  const poolId = optionalText(body, 'subnetpool_id');
  const usesDefault = booleanOf(body, 'use_default_subnetpool', false);
  if (usesDefault && poolId !== undefined) return refuse('subnetpool_id and use_default_subnetpool cannot both be specified');
  if (poolId !== undefined || !usesDefault) return poolId;
  const version = parseCidr(optionalText(body, 'cidr') ?? '')?.version ?? versionOf(body);
  if (version === 6 && ml2.settings.ipv6PrefixDelegation) return PREFIX_DELEGATION;
  const pool = await db.selectFrom('subnetpools').select('id').where('default_claim', '=', version).where(visibleSubnetpools(context)).executeTakeFirst();
  return pool?.id ?? refuse(`No default subnetpool found for IPv${String(version)}`);
}

/** Instances compute their addresses from what the router announces (RFC 4862): nobody knows the prefix yet who could assign any. */
function checkDelegation(body: JsonObject): void {
  if (versionOf(body) !== 6) refuse('Prefix Delegation can only be used with IPv6 subnets.');
  const computed = (mode: unknown): boolean => mode === 'slaac' || mode === 'dhcpv6-stateless';
  if (!computed(body['ipv6_ra_mode'])) refuse('IPv6 RA Mode must be SLAAC or Stateless for Prefix Delegation.');
  if (!computed(body['ipv6_address_mode'])) refuse('IPv6 Address Mode must be SLAAC or Stateless for Prefix Delegation.');
}

function refuse(msg: string): never {
  throw new NeutronError(BadRequest, { resource: 'subnets', msg });
}
