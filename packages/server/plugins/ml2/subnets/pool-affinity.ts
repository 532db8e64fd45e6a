import { PREFIX_DELEGATION } from '@neutrino/lib/api/definitions/subnet';
import { NetworkAddressScopeAffinityError } from '@neutrino/lib/exceptions/address-scope';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { NetworkSubnetPoolAffinityError } from '@neutrino/lib/exceptions/subnetpool';
import type { IpVersion } from '@neutrino/lib/net/ip';

/** A subnet that the network already has. */
export interface Neighbour {
  readonly ip_version: IpVersion;
  readonly subnetpool_id: string | null;
  /** That of its pool. */
  readonly address_scope_id: string | null;
}

interface NewSubnet {
  readonly version: IpVersion;
  readonly poolId: string | null;
  readonly scopeId: string | null;
}

/**
 * The subnets of one network and one IP version come from one pool, or all from none; where their pool is in an address
 * scope, from pools of that scope. Otherwise hosts on one wire could not tell what is routed without translation.
 */
export function checkPoolAffinity({ version, poolId, scopeId }: NewSubnet, neighbours: readonly Neighbour[]): void {
  const alike = neighbours.filter(({ ip_version }) => ip_version === version);
  const networkScope = alike.find(({ address_scope_id }) => address_scope_id !== null)?.address_scope_id;
  if (networkScope !== undefined) {
    if (poolId === PREFIX_DELEGATION || (poolId !== null && scopeId !== networkScope)) throw new NeutronError(NetworkAddressScopeAffinityError);
    if (poolId !== null) return;
  }
  if (alike.some(({ subnetpool_id }) => subnetpool_id !== poolId)) throw new NeutronError(NetworkSubnetPoolAffinityError);
}
