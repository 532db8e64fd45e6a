import { chooseDhcpAgents, type DhcpChoice } from './choose-dhcp-agents.ts';

/** Which agents a highly available router gets besides those that it has: of those with the fewest routers, each from another availability zone first. */
export function chooseHaAgents(choice: Omit<DhcpChoice, 'scheduler'>): ReturnType<typeof chooseDhcpAgents> {
  return chooseDhcpAgents({ ...choice, scheduler: 'AZAwareWeightScheduler' });
}
