import type { AgentServiceOptions } from '@neutrino/server/agents/agent-service';
import { CallbackRegistry } from '@neutrino/server/callbacks/registry';
import type { Db } from '@neutrino/server/db/types';
import { createFlavorProfiles } from '@neutrino/server/services/flavors/flavor-profiles';
import { createL3Plugin, type L3Plugin } from '@neutrino/server/services/l3/create-l3-plugin';
import { startMl2, type Ml2Server } from './ml2-server.ts';

/** ML2's parts and routers. */
export function startL3(db: Db, agentSettings: Partial<AgentServiceOptions['settings']> = {}): Ml2Server & L3Plugin {
  const ml2 = startMl2(db, {}, agentSettings);
  const callbacks = new CallbackRegistry((error) => {
    throw error;
  });
  const l3 = createL3Plugin({
    db, core: ml2.core, callbacks, agents: ml2.agents.directory, flavorProfiles: createFlavorProfiles({ db, providers: [] }), settings: { enableSnatByDefault: true, enableEcmpByDefault: false, maxRoutes: 30, ha: { isDefault: false, maxAgentsPerRouter: 3, networkType: '', physicalNetwork: '', cidr: '169.254.192.0/18' } },
  });
  return { ...ml2, ...l3 };
}
