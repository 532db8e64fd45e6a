import { AddressScopePrefixConflict, NetworkAddressScopeAffinityError } from '@neutrino/lib/exceptions/address-scope';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { IllegalSubnetPoolIpVersionAssociationToAddressScope, IllegalSubnetPoolUpdate } from '@neutrino/lib/exceptions/subnetpool';
import type { Cidr } from '@neutrino/lib/net/cidr';
import { cidrsMeet } from '@neutrino/lib/net/cidr-blocks';
import type { IpVersion } from '@neutrino/lib/net/ip';
import type { RequestContext } from '../../../context.ts';
import type { Tx } from '../../../db/types.ts';
import { lockedScope, visibleScope } from '../address-scopes/read-scope.ts';
import { storedCidr, type PoolRow } from './pool-view.ts';

interface ScopedPool {
  readonly id: string;
  readonly version: IpVersion;
  /** What it is to have. */
  readonly prefixes: readonly Cidr[];
  /** Whether subnets that it already has would change their scope. */
  readonly isMoved: boolean;
}

/** Throws where a pool cannot be in that scope. Until the end of the transaction no other pool of the scope changes. */
export async function checkScopeOfPool(tx: Tx, context: RequestContext, scopeId: string, pool: ScopedPool): Promise<void> {
  const scope = await lockedScope(tx, context, scopeId);
  if (scope.ip_version !== pool.version) {
    throw new NeutronError(IllegalSubnetPoolIpVersionAssociationToAddressScope, {
      subnetpool_id: pool.id, address_scope_id: scopeId, ip_version: scope.ip_version,
    });
  }
  if (pool.isMoved) await refuseNetworksInTwoScopes(tx, pool);
  const others = await tx
    .selectFrom('subnetpool_prefixes')
    .innerJoin('subnetpools', 'subnetpools.id', 'subnetpool_prefixes.subnetpool_id')
    .select('subnetpool_prefixes.cidr')
    .where('subnetpools.address_scope_id', '=', scopeId)
    .where('subnetpools.id', '!=', pool.id)
    .execute();
  if (cidrsMeet(others.map(({ cidr }) => storedCidr(cidr)), pool.prefixes)) throw new NeutronError(AddressScopePrefixConflict);
}

/** A network with subnets of this pool and others of its IP version would be in the new scope and outside it. */
async function refuseNetworksInTwoScopes(tx: Tx, { id, version }: ScopedPool): Promise<void> {
  const other = await tx
    .selectFrom('subnets as moved')
    .innerJoin('subnets as left', 'left.network_id', 'moved.network_id')
    .select('left.id')
    .where('moved.subnetpool_id', '=', id)
    .where('left.ip_version', '=', version)
    .where((eb) => eb.or([eb('left.subnetpool_id', 'is', null), eb('left.subnetpool_id', '!=', id)]))
    .limit(1)
    .executeTakeFirst();
  if (other !== undefined) throw new NeutronError(NetworkAddressScopeAffinityError);
}

/** A pool in another project's scope is not for its owner to change. */
export async function checkScopeAllowsUpdate(tx: Tx, context: RequestContext, { id, address_scope_id: scopeId }: PoolRow): Promise<void> {
  if (scopeId === null) return;
  const scope = await visibleScope(tx, context, scopeId);
  if (context.isAdmin || scope.project_id === context.projectId) return;
  throw new NeutronError(IllegalSubnetPoolUpdate, {
    reason: `subnetpool ${id} cannot be updated when associated with shared address scope ${scopeId}`,
  });
}
