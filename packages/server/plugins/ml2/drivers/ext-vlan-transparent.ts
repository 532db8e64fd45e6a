import { VlanTransparencyDriverError } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { ExtensionDriver, MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import { booleanColumn } from './attribute-column.ts';

/** Whether frames of a network may carry VLAN tags of the instances' own. Every mechanism driver must let them through. */
export function createVlanTransparentDriver(mechanisms: readonly MechanismDriver[]): ExtensionDriver<Tx> {
  return {
    aliases: ['vlan-transparent'],
    columns: { networks: [booleanColumn('vlan_transparent')] },
    check(collection, body) {
      if (collection !== 'networks' || body['vlan_transparent'] !== true) return;
      if (mechanisms.some(({ passesVlanTags }) => passesVlanTags !== true)) throw new NeutronError(VlanTransparencyDriverError);
    },
  };
}
