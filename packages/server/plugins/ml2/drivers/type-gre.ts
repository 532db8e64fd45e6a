import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { greIds } from './segment-ranges.ts';
import { createTunnelTypeDriver } from './tunnel-type-driver.ts';

/** RFC 2890: 8 bytes of GRE with a key, and 14 of the inner Ethernet header. */
const encapsulationBytes = 22;

/** GRE tunnels between hosts, for agents that speak it; the Linux bridge agent does not. Throws where `tunnel_id_ranges` cannot be read. */
export function createGreTypeDriver(settings: Ml2Settings): TypeDriver<Tx> {
  return createTunnelTypeDriver({ networkType: 'gre', ids: greIds, ranges: settings.tunnelIdRanges, encapsulationBytes }, settings);
}
