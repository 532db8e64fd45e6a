import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { physicalMtu } from './physical-mtu.ts';

/** Networks that never leave their host. */
export function createLocalTypeDriver(settings: Ml2Settings): TypeDriver<Tx> {
  const segment = { network_type: 'local', physical_network: null, segmentation_id: null };
  return {
    networkType: 'local',
    validateProviderSegment({ physical_network, segmentation_id }) {
      if (physical_network !== null) prohibited('physical_network');
      if (segmentation_id !== null) prohibited('segmentation_id');
    },
    reserveProviderSegment: () => Promise.resolve(segment),
    allocateTenantSegment: () => Promise.resolve(segment),
    claim: () => null,
    mtu: () => physicalMtu(settings, null),
  };
}

function prohibited(key: string): never {
  throw new NeutronError(InvalidInput, { error_message: `${key} prohibited for local provider network` });
}
