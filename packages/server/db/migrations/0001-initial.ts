import { createAgentTables } from './0001-initial/agents.ts';
import { createNetworkTables } from './0001-initial/networks.ts';
import { createPortTables } from './0001-initial/ports.ts';
import { createSecurityGroupTables } from './0001-initial/security-groups.ts';
import { createSubnetTables } from './0001-initial/subnets.ts';
import type { Migration } from './migration.ts';

export const initial: Migration = {
  revision: '0001-initial',
  summary: 'networks, subnets, ports, security groups, agents, quotas and tags',
  async up(tx) {
    await createNetworkTables(tx);
    await createSubnetTables(tx);
    await createPortTables(tx);
    await createSecurityGroupTables(tx);
    await createAgentTables(tx);
  },
};
