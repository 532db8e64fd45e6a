import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { vxlanIds } from './segment-ranges.ts';
import { createTunnelTypeDriver } from './tunnel-type-driver.ts';

/** RFC 7348: 8 bytes of VXLAN, 8 of UDP and 14 of the inner Ethernet header. */
const encapsulationBytes = 30;

/** VXLAN tunnels between hosts. Throws where `vni_ranges` cannot be read. */
export function createVxlanTypeDriver(settings: Ml2Settings): TypeDriver<Tx> {
  return createTunnelTypeDriver({ networkType: 'vxlan', ids: vxlanIds, ranges: settings.vniRanges, encapsulationBytes }, settings);
}
