import type { AttributeColumn, CoreCollection, ExtensionDriver, MechanismDriver, TypeDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { DriverChoice } from '@neutrino/runtime/conf/named-drivers';
import type { Tx } from '../../../db/types.ts';
import { defaultMl2Settings, type Ml2Settings } from '../settings.ts';
import { createDnsDomainKeywordsDriver, createDnsDomainPortsDriver, createDnsDriver, createSubnetDnsPublishDriver } from './ext-dns.ts';
import { createDataPlaneStatusDriver, createDeviceProfileDriver, createNumaAffinityDriver, createUplinkStatusDriver } from './ext-port-attributes.ts';
import { createPortSecurityDriver } from './ext-port-security.ts';
import { createPortTagsDriver } from './ext-port-tags.ts';
import { createVlanTransparentDriver } from './ext-vlan-transparent.ts';
import { createL2PopulationDriver } from './mech-l2population.ts';
import { createLinuxbridgeDriver } from './mech-linuxbridge.ts';
import { neutronExtensionDrivers, neutronMechanismDrivers, neutronTypeDrivers } from './neutron-drivers.ts';
import { createFlatTypeDriver } from './type-flat.ts';
import { createGreTypeDriver } from './type-gre.ts';
import { createLocalTypeDriver } from './type-local.ts';
import { createVlanTypeDriver } from './type-vlan.ts';
import { createVxlanTypeDriver } from './type-vxlan.ts';

/** Names as `type_drivers`, `mechanism_drivers` and `extension_drivers` of [ml2] give them. */
const typeDrivers: Readonly<Record<string, (settings: Ml2Settings) => TypeDriver<Tx>>> = {
  local: createLocalTypeDriver,
  flat: createFlatTypeDriver,
  gre: createGreTypeDriver,
  vlan: createVlanTypeDriver,
  vxlan: createVxlanTypeDriver,
};

const mechanismDrivers: Readonly<Record<string, () => MechanismDriver>> = {
  l2population: createL2PopulationDriver,
  linuxbridge: createLinuxbridgeDriver,
};

const extensionDrivers: Readonly<Record<string, (settings: Ml2Settings) => ExtensionDriver<Tx>>> = {
  data_plane_status: createDataPlaneStatusDriver,
  dns: createDnsDriver,
  dns_domain_keywords: createDnsDomainKeywordsDriver,
  dns_domain_ports: createDnsDomainPortsDriver,
  port_device_profile: createDeviceProfileDriver,
  port_numa_affinity_policy: createNumaAffinityDriver,
  port_security: createPortSecurityDriver,
  subnet_dns_publish_fixed_ip: createSubnetDnsPublishDriver,
  tag_ports_during_bulk_creation: createPortTagsDriver,
  uplink_status_propagation: createUplinkStatusDriver,
};

/** Neutron serves what these add whether they are named or not. */
const alwaysLoaded: readonly string[] = ['port_device_profile', 'port_numa_affinity_policy'];

/** What may stand in these options of [ml2]. */
export const driverChoices = {
  types: { option: '[ml2] type_drivers', available: Object.keys(typeDrivers), neutron: neutronTypeDrivers },
  mechanisms: { option: '[ml2] mechanism_drivers', available: Object.keys(mechanismDrivers), neutron: neutronMechanismDrivers },
  extensions: { option: '[ml2] extension_drivers', available: Object.keys(extensionDrivers), neutron: neutronExtensionDrivers },
} as const satisfies Readonly<Record<string, DriverChoice>>;

/** The API extensions that are there only where their driver is loaded. */
export const driverAliases: readonly string[] = [
  ...Object.values(extensionDrivers).flatMap((create) => create(defaultMl2Settings).aliases),
  ...createVlanTransparentDriver([]).aliases,
];

export interface LoadedDrivers {
  /** Network type → its driver. */
  readonly types: ReadonlyMap<string, TypeDriver<Tx>>;
  /** In the order in which they are asked. */
  readonly mechanisms: readonly MechanismDriver[];
  readonly extensions: readonly ExtensionDriver<Tx>[];
  /** What the extension drivers keep in the rows of networks, subnets and ports. */
  readonly columns: Readonly<Record<CoreCollection, readonly AttributeColumn[]>>;
}

/** Throws an Error that names the option where it asks for a driver that there is not. */
export function loadDrivers(settings: Ml2Settings): LoadedDrivers {
  const types = new Map(settings.typeDrivers.map((name) => [name, pick('type_drivers', typeDrivers, name)(settings)]));
  const used = settings.externalNetworkType === undefined ? settings.tenantNetworkTypes : [...settings.tenantNetworkTypes, settings.externalNetworkType];
  for (const type of used) {
    if (!types.has(type)) throw new Error(`[ml2] uses network type ${type}, whose driver is not in type_drivers`);
  }
  const extensions = [...new Set([...alwaysLoaded, ...settings.extensionDrivers])].map((name) => pick('extension_drivers', extensionDrivers, name)(settings));
  const mechanisms = settings.mechanismDrivers.map((name) => pick('mechanism_drivers', mechanismDrivers, name)());
  // Tags in a request are kept whether or not clients are told that they may be there.
  if (!settings.extensionDrivers.includes('tag_ports_during_bulk_creation')) extensions.push({ ...createPortTagsDriver(), aliases: [] });
  if (settings.vlanTransparent) extensions.push(createVlanTransparentDriver(mechanisms));
  const columns = (collection: CoreCollection): readonly AttributeColumn[] => extensions.flatMap((driver) => driver.columns?.[collection] ?? []);
  return {
    types,
    mechanisms,
    extensions,
    columns: { networks: columns('networks'), subnets: columns('subnets'), ports: columns('ports') },
  };
}

function pick<T>(option: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined) throw new Error(`[ml2] ${option}: no driver ${name}; there are ${Object.keys(table).join(', ')}`);
  return found;
}
