import type { ExtensionDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import { booleanColumn, textColumn } from './attribute-column.ts';

/** Drivers of attributes that others read (Nova, Cyborg, an operator's monitoring) and that the network service only keeps. */

/** Which accelerators an instance's port is to have. */
export function createDeviceProfileDriver(): ExtensionDriver<Tx> {
  return { aliases: ['port-device-profile'], columns: { ports: [textColumn('device_profile')] } };
}

/** How close to the instance's memory the port's device has to be. */
export function createNumaAffinityDriver(): ExtensionDriver<Tx> {
  return { aliases: ['port-numa-affinity-policy'], columns: { ports: [textColumn('numa_affinity_policy')] } };
}

/** What somebody who watches the data plane says of the port. */
export function createDataPlaneStatusDriver(): ExtensionDriver<Tx> {
  return { aliases: ['data-plane-status'], columns: { ports: [textColumn('data_plane_status')] } };
}

/** Whether a virtual function follows the link state of its physical one: agents read it with the port's other details. */
export function createUplinkStatusDriver(): ExtensionDriver<Tx> {
  return { aliases: ['uplink-status-propagation'], columns: { ports: [booleanColumn('propagate_uplink_status')] } };
}
