import type { ExtensionDriver, MechanismDriver, TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import type { Ml2Settings } from '../settings.ts';
import { createPortSecurityDriver } from './ext-port-security.ts';
import { createLinuxbridgeDriver } from './mech-linuxbridge.ts';
import { createFlatTypeDriver } from './type-flat.ts';
import { createLocalTypeDriver } from './type-local.ts';
import { createVlanTypeDriver } from './type-vlan.ts';
import { createVxlanTypeDriver } from './type-vxlan.ts';

/** Names as `type_drivers`, `mechanism_drivers` and `extension_drivers` of [ml2] give them. */
const typeDrivers: Readonly<Record<string, (settings: Ml2Settings) => TypeDriver<Tx>>> = {
  local: createLocalTypeDriver,
  flat: createFlatTypeDriver,
  vlan: createVlanTypeDriver,
  vxlan: createVxlanTypeDriver,
};

const mechanismDrivers: Readonly<Record<string, () => MechanismDriver>> = {
  linuxbridge: createLinuxbridgeDriver,
};

const extensionDrivers: Readonly<Record<string, () => ExtensionDriver<Tx>>> = {
  port_security: createPortSecurityDriver,
};

/** The API extensions that are there only where their driver is loaded. */
export const driverAliases: readonly string[] = Object.values(extensionDrivers).map((create) => create().alias);

export interface LoadedDrivers {
  /** Network type → its driver. */
  readonly types: ReadonlyMap<string, TypeDriver<Tx>>;
  /** In the order in which they are asked. */
  readonly mechanisms: readonly MechanismDriver[];
  readonly extensions: readonly ExtensionDriver<Tx>[];
}

/** Throws an Error that names the option where it asks for a driver that there is not. */
export function loadDrivers(settings: Ml2Settings): LoadedDrivers {
  const types = new Map(settings.typeDrivers.map((name) => [name, pick('type_drivers', typeDrivers, name)(settings)]));
  const used = settings.externalNetworkType === undefined ? settings.tenantNetworkTypes : [...settings.tenantNetworkTypes, settings.externalNetworkType];
  for (const type of used) {
    if (!types.has(type)) throw new Error(`[ml2] uses network type ${type}, whose driver is not in type_drivers`);
  }
  return {
    types,
    mechanisms: settings.mechanismDrivers.map((name) => pick('mechanism_drivers', mechanismDrivers, name)()),
    extensions: settings.extensionDrivers.map((name) => pick('extension_drivers', extensionDrivers, name)()),
  };
}

function pick<T>(option: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined) throw new Error(`[ml2] ${option}: no driver ${name}; there are ${Object.keys(table).join(', ')}`);
  return found;
}
