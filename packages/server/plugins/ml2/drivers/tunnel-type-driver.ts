import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NoNetworkAvailable, TunnelIdInUse } from '@neutrino/lib/exceptions/segment';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Segment } from '@neutrino/lib/plugins/ml2/segment';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { findFreeSegment, isSegmentTaken } from './free-segment.ts';
import { physicalMtu } from './physical-mtu.ts';
import { parseIdRange, type IdRange } from './segment-ranges.ts';

const ipHeaderBytes = { 4: 20, 6: 40 } as const;

export interface Tunnel {
  readonly networkType: string;
  readonly ids: IdRange;
  /** `<first>:<last>`: of networks that ask for no id. */
  readonly ranges: readonly string[];
  /** What it adds to a packet besides the outer IP header. */
  readonly encapsulationBytes: number;
}

/** Networks that cross hosts in tunnels, each known by a number. Throws where the ranges cannot be read. */
export function createTunnelTypeDriver({ networkType, ids, ranges: texts, encapsulationBytes }: Tunnel, settings: Ml2Settings): TypeDriver<Tx> {
  const ranges = texts.map((text) => parseIdRange(text, ids));
  const claim = (segment: Segment): string => `${networkType}:${String(segment.segmentation_id)}`;

  const allocate = async (tx: Tx): Promise<Segment | undefined> => {
    const id = await findFreeSegment(tx, { networkType, physicalNetwork: null }, ranges);
    return id === undefined ? undefined : { network_type: networkType, physical_network: null, segmentation_id: id };
  };

  return {
    networkType,
    validateProviderSegment({ physical_network, segmentation_id }) {
      if (physical_network !== null) invalid(`provider:physical_network specified for ${networkType} network`);
      if (segmentation_id !== null && (segmentation_id < ids.first || segmentation_id > ids.last)) {
        invalid(`segmentation_id out of range (${String(ids.first)} through ${String(ids.last)})`);
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
