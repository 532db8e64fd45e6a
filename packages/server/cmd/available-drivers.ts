import { chooseDriver, chooseDrivers, type ChosenDrivers } from '@neutrino/runtime/conf/named-drivers';
import type { ServerConfig } from '../conf/sections.ts';
import { driverChoices } from '../plugins/ml2/drivers/registry.ts';
import { isNetworkScheduler, networkSchedulerDrivers, type NetworkScheduler } from '../scheduler/network-scheduler-drivers.ts';

/** The drivers of [ml2] that there are. Throws CannotStart for a name that nobody knows. */
export function availableDrivers({ ml2 }: Pick<ServerConfig, 'ml2'>): Readonly<Record<'types' | 'projectTypes' | 'mechanisms' | 'extensions', ChosenDrivers>> {
  return {
    types: chooseDrivers(ml2.type_drivers, driverChoices.types),
    projectTypes: chooseDrivers(ml2.tenant_network_types, { ...driverChoices.types, option: '[ml2] tenant_network_types' }),
    mechanisms: chooseDrivers(ml2.mechanism_drivers, driverChoices.mechanisms),
    extensions: chooseDrivers(ml2.extension_drivers, driverChoices.extensions),
  };
}

/** The driver of `network_scheduler_driver`. Throws CannotStart for a name that nobody knows. */
export function networkScheduler({ DEFAULT }: Pick<ServerConfig, 'DEFAULT'>): NetworkScheduler {
  const name = chooseDriver(DEFAULT.network_scheduler_driver, networkSchedulerDrivers);
  if (!isNetworkScheduler(name)) throw new Error(`[DEFAULT] network_scheduler_driver: ${name}`);
  return name;
}

/** What [ml2] asks for that is not there yet: a warning each. Throws as `availableDrivers`. */
export function missingDrivers(config: Pick<ServerConfig, 'ml2'>): readonly string[] {
  return Object.values(availableDrivers(config)).flatMap(({ warnings }) => warnings);
}
