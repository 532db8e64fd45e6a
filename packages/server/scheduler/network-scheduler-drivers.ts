import type { DriverChoice } from '@neutrino/runtime/conf/named-drivers';

/** `network_scheduler_driver`: by what agents are chosen among those that could serve a network. */
export type NetworkScheduler = 'AZAwareWeightScheduler' | 'ChanceScheduler' | 'WeightScheduler';

const available: readonly NetworkScheduler[] = ['AZAwareWeightScheduler', 'ChanceScheduler', 'WeightScheduler'];

export const networkSchedulerDrivers: DriverChoice = {
  option: '[DEFAULT] network_scheduler_driver',
  available,
  neutron: Object.fromEntries(available.map((name) => [name, `neutron.scheduler.dhcp_agent_scheduler.${name}`])),
};

export function isNetworkScheduler(name: string): name is NetworkScheduler {
  return available.some((known) => known === name);
}
