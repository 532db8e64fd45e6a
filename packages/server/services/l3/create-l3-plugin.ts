import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import { createFloatingIpHandler } from './floatingip-handler.ts';
import { createFloatingIpPoolHandler } from './floatingip-pool-handler.ts';
import { settleFloatingIps, updateFloatingIpStatuses } from './floatingip-statuses.ts';
import { guardNetworks } from './guarded-networks.ts';
import { guardPorts } from './guarded-ports.ts';
import { highAvailability, type HighAvailability } from './ha/high-availability.ts';
import type { L3 } from './l3.ts';
import { createRouterHandler } from './router-handler.ts';
import { routerRevisions } from './router-revisions.ts';
import { routersForAgents } from './routers-for-agents.ts';

/** Routers and floating IPs, as the rest of the server knows them. */
export interface L3Plugin {
  readonly routers: ResourceHandler;
  readonly floatingips: ResourceHandler;
  readonly floatingIpPools: ResourceHandler;
  /** Ports as clients may change them. */
  guardPorts(ports: ResourceHandler): ResourceHandler;
  /** Networks as clients may delete them. */
  guardNetworks(networks: ResourceHandler): ResourceHandler;
  /** Routers as the L3 agent of `host` reads them. */
  forAgents(ids: readonly string[], host: string): Promise<readonly JsonObject[]>;
  /** Of those that are switched on, a text that is another one after any change to what `forAgents` tells. */
  revisions(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  readonly ha: HighAvailability;
  /** The routers that are attached to a network. */
  routersOnNetwork(networkId: string): Promise<readonly string[]>;
  /** Floating IP → its status, as the agent of the router reports it. */
  updateFloatingIpStatuses(routerId: string, statuses: ReadonlyMap<string, string>): Promise<void>;
  /** Marks floating IPs that lead nowhere as what they are, whoever had them. */
  settleFloatingIps(): Promise<void>;
}

export function createL3Plugin(l3: L3): L3Plugin {
  const { db } = l3;
  const floatingips = createFloatingIpHandler(l3);
  return {
    routers: createRouterHandler(l3),
    floatingips,
    floatingIpPools: createFloatingIpPoolHandler(l3),
    guardPorts: (ports) => guardPorts(ports, l3),
    guardNetworks: (networks) => guardNetworks(networks, l3, floatingips),
    forAgents: (ids, host) => routersForAgents(l3, ids, host),
    revisions: (ids) => routerRevisions(db, ids),
    ha: highAvailability(l3),

    async routersOnNetwork(networkId) {
      const rows = await db
        .selectFrom('router_ports')
        .innerJoin('ports', 'ports.id', 'router_ports.port_id')
        .select('router_ports.router_id')
        .where('ports.network_id', '=', networkId)
        .distinct()
        .orderBy('router_ports.router_id')
        .execute();
      return rows.map(({ router_id }) => router_id);
    },

    settleFloatingIps: () => settleFloatingIps(db),
    updateFloatingIpStatuses: (routerId, statuses) => updateFloatingIpStatuses(db, routerId, statuses),
  };
}
