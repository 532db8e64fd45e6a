import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import { agentTypes } from '../../../agents/agent-views.ts';
import { adminContext } from '../../../context.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import { transact } from '../../../db/transact.ts';
import type { DbOrTx } from '../../../db/types.ts';
import { haPortOwner, type L3 } from '../l3.ts';

export type HaState = 'active' | 'standby' | 'unknown';

export function isHaState(value: unknown): value is HaState {
  return value === 'active' || value === 'standby' || value === 'unknown';
}

/** A copy of a router at an agent. */
export interface HaCopy {
  readonly routerId: string;
  readonly portId: string;
  readonly agentId: string;
  readonly host: string;
  /** As the agent reported it last. */
  readonly state: HaState;
}

/** One query, however many routers. */
export async function haCopies(db: DbOrTx, routerIds: readonly string[]): Promise<readonly HaCopy[]> {
  const rows = await unlessEmpty(routerIds, (ids) =>
    db
      .selectFrom('ha_router_ports as copy')
      .innerJoin('agents', 'agents.id', 'copy.l3_agent_id')
      .select(['copy.router_id', 'copy.port_id', 'copy.state', 'agents.id', 'agents.host'])
      .where(inList('copy.router_id', ids))
      .where('agents.agent_type', '=', agentTypes.l3)
      .orderBy('copy.port_id')
      .execute(),
  );
  return rows.map(({ router_id: routerId, port_id: portId, state, id: agentId, host }) => ({ routerId, portId, agentId, host, state: isHaState(state) ? state : 'unknown' }));
}

/**
 * What the copies of one router are, by agent. One that is not heard any more is not active where others are heard, as one of those has taken over or
 * will; where none is, perhaps only the server does not hear them, and nobody knows.
 */
export function haStatesOf(copies: readonly HaCopy[], agents: readonly Pick<AgentView, 'id' | 'alive' | 'admin_state_up'>[]): ReadonlyMap<string, HaState> {
  const well = new Set(agents.filter(({ alive, admin_state_up: isUp }) => alive && isUp).map(({ id }) => id));
  const someWell = copies.some(({ agentId }) => well.has(agentId));
  return new Map(copies.map(({ agentId, state }) => [agentId, state !== 'active' || well.has(agentId) ? state : someWell ? 'standby' : 'unknown']));
}

/** Takes down what the copies on a host are, as its agent reports it, and has the ports of routers follow the active one. */
export async function updateHaStates(l3: L3, host: string, states: ReadonlyMap<string, HaState>): Promise<void> {
  const ids = [...states.keys()];
  const own = (await haCopies(l3.db, ids)).filter((copy) => copy.host === host);
  await transact(l3.db, async (tx) => {
    for (const [state, copies] of Map.groupBy(own, ({ routerId }) => states.get(routerId) ?? 'unknown')) {
      await tx.updateTable('ha_router_ports').set({ state }).where(inList('port_id', copies.map(({ portId }) => portId))).execute();
    }
  });
  const known = new Set(own.map(({ routerId }) => routerId));
  const copies = Map.groupBy(await haCopies(l3.db, [...known]), ({ routerId }) => routerId);
  for (const [routerId, state] of states) {
    if (!known.has(routerId)) continue;
    // One that was active for a moment only leaves the ports to who is.
    const active = state === 'active' ? host : copies.get(routerId)?.find((copy) => copy.state === 'active')?.host;
    if (active !== undefined) await movePorts(l3, routerId, { to: active, ...(state !== 'active' && { from: host }) });
  }
}

/** `from`: only those that are there. */
async function movePorts({ db, core }: L3, routerId: string, { to, from }: { readonly to: string; readonly from?: string }): Promise<void> {
  const ports = await db
    .selectFrom('router_ports')
    .leftJoin('port_bindings', (join) => join.onRef('port_bindings.port_id', '=', 'router_ports.port_id').on('port_bindings.status', '=', 'ACTIVE'))
    .select(['router_ports.port_id', 'port_bindings.host'])
    .where('router_ports.router_id', '=', routerId)
    .where('router_ports.port_type', '<>', haPortOwner)
    .execute();
  for (const { port_id: id, host } of ports) {
    if (host === to || (from !== undefined && host !== from)) continue;
    try {
      await core.ports.update?.(adminContext(), id, { 'binding:host_id': to });
    } catch (error) {
      if (!isNeutronError(error, PortNotFound)) throw error;
    }
  }
}

/** How many highly available routers that are switched on the agent of a host has. */
export async function countHaRouters(db: DbOrTx, routerIds: readonly string[]): Promise<number> {
  const rows = await unlessEmpty(routerIds, (ids) => db.selectFrom('routers').select('id').where(inList('id', ids)).where('ha', '=', 1).where('admin_state_up', '=', 1).execute());
  return rows.length;
}

/** Copies on a host have to be wired anew before they may speak: their ports are DOWN until the layer 2 agent says otherwise. Returns the ports. */
export async function activeHaPortsOn(db: DbOrTx, host: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('ports')
    .innerJoin('port_bindings', 'port_bindings.port_id', 'ports.id')
    .select('ports.id')
    .where('ports.device_owner', '=', haPortOwner)
    .where('ports.status', '=', 'ACTIVE')
    .where('port_bindings.host', '=', host)
    .where('port_bindings.status', '=', 'ACTIVE')
    .execute();
  return rows.map(({ id }) => id);
}
