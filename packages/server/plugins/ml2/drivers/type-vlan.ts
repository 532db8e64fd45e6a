import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NoNetworkAvailable, VlanIdInUse } from '@neutrino/lib/exceptions/segment';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Segment } from '@neutrino/lib/plugins/ml2/segment';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { findFreeSegment, isSegmentTaken } from './free-segment.ts';
import { physicalMtu } from './physical-mtu.ts';
import { parseVlanRanges, vlanIds } from './segment-ranges.ts';

/** IEEE 802.1Q: a VLAN of a physical network. Throws where `network_vlan_ranges` cannot be read. */
export function createVlanTypeDriver(settings: Ml2Settings): TypeDriver<Tx> {
  const ranges = parseVlanRanges(settings.networkVlanRanges);
  const claim = (segment: Segment): string => `vlan:${segment.physical_network ?? ''}:${String(segment.segmentation_id)}`;

  const allocate = async (tx: Tx, physicalNetworks: Iterable<string>): Promise<Segment | undefined> => {
    for (const physicalNetwork of physicalNetworks) {
      const id = await findFreeSegment(tx, { networkType: 'vlan', physicalNetwork }, ranges.get(physicalNetwork) ?? []);
      if (id !== undefined) return { network_type: 'vlan', physical_network: physicalNetwork, segmentation_id: id };
    }
    return undefined;
  };

  return {
    networkType: 'vlan',
    validateProviderSegment({ physical_network, segmentation_id }) {
      if (physical_network !== null && !ranges.has(physical_network)) {
        invalid(`physical_network '${physical_network}' unknown for VLAN provider network`);
      }
      if (segmentation_id === null) return;
      if (physical_network === null) invalid('segmentation_id requires physical_network for VLAN provider network');
      if (segmentation_id < vlanIds.first || segmentation_id > vlanIds.last) {
        invalid(`segmentation_id out of range (${String(vlanIds.first)} through ${String(vlanIds.last)})`);
      }
    },
    async reserveProviderSegment(tx, segment) {
      if (segment.segmentation_id === null) {
        const free = await allocate(tx, segment.physical_network === null ? ranges.keys() : [segment.physical_network]);
        if (free === undefined) throw new NeutronError(NoNetworkAvailable);
        return free;
      }
      if (await isSegmentTaken(tx, claim(segment))) {
        throw new NeutronError(VlanIdInUse, { vlan_id: segment.segmentation_id, physical_network: segment.physical_network });
      }
      return segment;
    },
    allocateTenantSegment: (tx) => allocate(tx, ranges.keys()),
    claim,
    mtu: (physicalNetwork) => physicalMtu(settings, physicalNetwork),
  };
}

function invalid(message: string): never {
  throw new NeutronError(InvalidInput, { error_message: message });
}
