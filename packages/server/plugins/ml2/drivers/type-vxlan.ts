import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NoNetworkAvailable, TunnelIdInUse } from '@neutrino/lib/exceptions/segment';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Segment } from '@neutrino/lib/plugins/ml2/segment';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { findFreeSegment, isSegmentTaken } from './free-segment.ts';
import { physicalMtu } from './physical-mtu.ts';
import { parseIdRange, vxlanIds } from './segment-ranges.ts';

/** RFC 7348: 8 bytes of VXLAN, 8 of UDP and 14 of the inner Ethernet header. */
const encapsulationBytes = 30;
const ipHeaderBytes = { 4: 20, 6: 40 } as const;

/** VXLAN tunnels between hosts. Throws where `vni_ranges` cannot be read. */
export function createVxlanTypeDriver(settings: Ml2Settings): TypeDriver<Tx> {
  const ranges = settings.vniRanges.map((text) => parseIdRange(text, vxlanIds));
  const claim = (segment: Segment): string => `vxlan:${String(segment.segmentation_id)}`;

  const allocate = async (tx: Tx): Promise<Segment | undefined> => {
    const id = await findFreeSegment(tx, { networkType: 'vxlan', physicalNetwork: null }, ranges);
    return id === undefined ? undefined : { network_type: 'vxlan', physical_network: null, segmentation_id: id };
  };

  return {
    networkType: 'vxlan',
    validateProviderSegment({ physical_network, segmentation_id }) {
      if (physical_network !== null) invalid('provider:physical_network specified for vxlan network');
      if (segmentation_id !== null && (segmentation_id < vxlanIds.first || segmentation_id > vxlanIds.last)) {
        invalid(`segmentation_id out of range (${String(vxlanIds.first)} through ${String(vxlanIds.last)})`);
      }
    },
    async reserveProviderSegment(tx, segment) {
      if (segment.segmentation_id === null) {
        const free = await allocate(tx);
        if (free === undefined) throw new NeutronError(NoNetworkAvailable);
        return free;
      }
      if (await isSegmentTaken(tx, claim(segment))) throw new NeutronError(TunnelIdInUse, { tunnel_id: segment.segmentation_id });
      return segment;
    },
    allocateTenantSegment: allocate,
    claim,
    mtu() {
      const limits = [physicalMtu(settings, null), settings.pathMtu].filter((mtu) => mtu > 0);
      return limits.length === 0 ? 0 : Math.min(...limits) - ipHeaderBytes[settings.overlayIpVersion] - encapsulationBytes;
    },
  };
}

function invalid(message: string): never {
  throw new NeutronError(InvalidInput, { error_message: message });
}
