import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { FlatNetworkInUse } from '@neutrino/lib/exceptions/segment';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { isSegmentTaken } from './free-segment.ts';
import { physicalMtu } from './physical-mtu.ts';

/** A physical network as it is, untagged: one network each, never given to a project by itself. */
export function createFlatTypeDriver(settings: Ml2Settings): TypeDriver<Tx> {
  const allowed = new Set(settings.flatNetworks);
  const claim = (physicalNetwork: string | null): string => `flat:${physicalNetwork ?? ''}`;
  return {
    networkType: 'flat',
    validateProviderSegment({ physical_network, segmentation_id }) {
      if (physical_network === null) invalid('physical_network required for flat provider network');
      if (allowed.size === 0) invalid('Flat provider networks are disabled');
      if (!allowed.has('*') && !allowed.has(physical_network)) invalid(`physical_network '${physical_network}' unknown for flat provider network`);
      if (segmentation_id !== null) invalid('segmentation_id prohibited for flat provider network');
    },
    async reserveProviderSegment(tx, segment) {
      if (await isSegmentTaken(tx, claim(segment.physical_network))) {
        throw new NeutronError(FlatNetworkInUse, { physical_network: segment.physical_network });
      }
      return { ...segment, segmentation_id: null };
    },
    allocateTenantSegment: () => Promise.resolve(undefined),
    claim: (segment) => claim(segment.physical_network),
    mtu: (physicalNetwork) => physicalMtu(settings, physicalNetwork),
  };
}

function invalid(message: string): never {
  throw new NeutronError(InvalidInput, { error_message: message });
}
