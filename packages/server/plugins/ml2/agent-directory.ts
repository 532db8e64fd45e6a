import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';

/** What ML2 asks about agents: which could bind a port, and whether a network has DHCP. One query a call. */
export interface AgentDirectory {
  /** Every agent of that host, alive or not. */
  agentsOnHost(host: string): Promise<readonly AgentView[]>;
  /** Every agent there is, alive or not. */
  allAgents(): Promise<readonly AgentView[]>;
  /** Every agent of that type ("Linux bridge agent", "DHCP agent", …), alive or not. */
  /** `current`: also those that another server has heard within the last second. */
  agents(agentType: string, options?: { readonly current?: boolean }): Promise<readonly AgentView[]>;
  /** True when a live DHCP agent has the network scheduled to it, or is there to be scheduled. */
  hasDhcpAgent(networkId: string): Promise<boolean>;
}
