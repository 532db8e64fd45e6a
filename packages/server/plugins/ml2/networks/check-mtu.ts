import { NetworkMTUSubnetConflict } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';

/** Smallest MTU a link may have, in bytes: RFC 791 and RFC 8200. */
const minimumMtu = { 4: 68, 6: 1280 } as const;

/** Throws NetworkMTUSubnetConflict where the network's MTU is too small for the IP version. */
export function checkMtu(networkId: string, mtu: number, version: 4 | 6): void {
  if (mtu > 0 && mtu < minimumMtu[version]) {
    throw new NeutronError(NetworkMTUSubnetConflict, { net_id: networkId, mtu: minimumMtu[version] });
  }
}
