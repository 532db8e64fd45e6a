import type { JsonObject } from '@neutrino/lib/json';
import { canonicalMac } from '@neutrino/lib/net/mac';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { optionalText } from '../request-values.ts';
import { checkedMac, drawMac } from './mac-address.ts';
import type { BindingInputs } from './port-binding.ts';

/**
 * The port of a whole physical function has the MAC address of the device, not the other way about: whoever has it bound says
 * the address in the profile. Without it the port gets one of ours, so that the device's is free for the next port.
 */
export function takesDeviceMac({ vnicType }: Pick<BindingInputs, 'vnicType'>): boolean {
  return vnicType === 'direct-physical';
}

/** The MAC address of such a port once it is bound with these inputs. Throws MacAddressInUse. */
export async function deviceMac(ml2: Ml2, tx: Tx, port: { readonly networkId: string; readonly macAddress?: string }, { profile }: BindingInputs): Promise<string> {
  const mac = givenDeviceMac({ profile });
  if (mac === undefined) return drawMac(ml2);
  return mac === port.macAddress ? mac : checkedMac(tx, port.networkId, mac);
}

/** The device's MAC address, if the profile says it. */
export function givenDeviceMac({ profile }: Pick<BindingInputs, 'profile'>): string | undefined {
  const given = optionalText(profile, 'device_mac_address');
  return given === undefined ? undefined : (canonicalMac(given) ?? given);
}

/** True where an update takes the instance away: the device with its MAC address may go to another port. */
export function detaches(changes: JsonObject, deviceId: string): boolean {
  return deviceId !== '' && changes['device_id'] === '' && changes['device_owner'] === '';
}
