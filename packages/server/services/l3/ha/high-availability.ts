import { databaseTime } from '../../../db/database-time.ts';
import type { L3 } from '../l3.ts';
import { bindHaRouter, deleteOrphanedHaPorts, unbindHaRouter, type AgentToBind, type RouterToBind } from './bind-ha-router.ts';
import { activeHaPortsOn, countHaRouters, haCopies, updateHaStates, type HaCopy, type HaState } from './ha-states.ts';

/** Highly available routers, as schedulers and agents know them. */
export interface HighAvailability {
  /** Gives the router one more agent, as long as fewer than `most` have it. False where nothing was to do. Throws NoVRIDAvailable. */
  bind(router: RouterToBind, agent: AgentToBind, most: number): Promise<boolean>;
  unbind(routerId: string, agentId: string): Promise<void>;
  /** The router cannot be made. */
  fail(routerId: string): Promise<void>;
  /** An agent was deleted: what copies of routers had there goes. */
  agentDeleted(): Promise<void>;
  copies(routerIds: readonly string[]): Promise<readonly HaCopy[]>;
  updateStates(host: string, states: ReadonlyMap<string, HaState>): Promise<void>;
  countRouters(routerIds: readonly string[]): Promise<number>;
  activePortsOn(host: string): Promise<readonly string[]>;
}

export function highAvailability(l3: L3): HighAvailability {
  const { db } = l3;
  return {
    bind: (router, agent, most) => bindHaRouter(l3, router, agent, most),
    unbind: (routerId, agentId) => unbindHaRouter(l3, routerId, agentId),
    async fail(routerId) {
      await db.updateTable('routers').set({ status: 'ERROR', updated_at: databaseTime() }).where('id', '=', routerId).execute();
    },
    agentDeleted: () => deleteOrphanedHaPorts(l3),
    copies: (routerIds) => haCopies(db, routerIds),
    updateStates: (host, states) => updateHaStates(l3, host, states),
    countRouters: (routerIds) => countHaRouters(db, routerIds),
    activePortsOn: (host) => activeHaPortsOn(db, host),
  };
}
