import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import { NoVRIDAvailable } from '@neutrino/lib/exceptions/router';
import { adminContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { haPortOwner, type L3 } from '../l3.ts';
import { ensureHaNetwork } from './ha-network.ts';
import { Superfluous, unlessSuperfluous } from './superfluous.ts';

export interface RouterToBind {
  readonly id: string;
  readonly projectId: string;
}

export interface AgentToBind {
  readonly id: string;
  readonly host: string;
}

/** VRRP has one more: upstream leaves it out, and so do we, as agents of both kinds share a network. */
const MOST_VR_IDS = 254;
const MOST_ATTEMPTS = 3;

/**
 * Gives a highly available router one more agent, with the port by which that agent's copy watches the others: all of it in one transaction.
 * `most`: only as long as fewer agents than that have it. False where that is so already. Throws NoVRIDAvailable.
 */
export async function bindHaRouter(l3: L3, router: RouterToBind, agent: AgentToBind, most: number): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const networkId = await ensureHaNetwork(l3, router.projectId);
    try {
      return await unlessSuperfluous(() => createHaPort(l3, { router, agent, most, networkId }));
    } catch (error) {
      // It may have gone with a router that was the last a moment ago.
      if (attempt === MOST_ATTEMPTS || !isNeutronError(error, NetworkNotFound)) throw error;
    }
  }
}

interface Binding {
  readonly router: RouterToBind;
  readonly agent: AgentToBind;
  readonly most: number;
  readonly networkId: string;
}

async function createHaPort({ core }: L3, { router, agent, most, networkId }: Binding): Promise<void> {
  const body = {
    name: `HA port tenant ${router.projectId}`, project_id: '', network_id: networkId, admin_state_up: true,
    device_id: router.id, device_owner: haPortOwner, 'binding:host_id': agent.host,
  };
  await core.ports.create?.(adminContext(), [body], {
    alongside: async (transaction, [portId = '']) => {
      const tx = transaction as Tx;
      const row = await tx.selectFrom('routers').select('ha').where('id', '=', router.id).forUpdate().executeTakeFirst();
      const bound = await tx.selectFrom('router_l3_agent_bindings').select(['l3_agent_id', 'binding_index']).where('router_id', '=', router.id).execute();
      const isAgentThere = (await tx.selectFrom('agents').select('id').where('id', '=', agent.id).executeTakeFirst()) !== undefined;
      if (row?.ha !== 1 || !isAgentThere || bound.length >= most || bound.some(({ l3_agent_id }) => l3_agent_id === agent.id)) throw new Superfluous();
      await tx.insertInto('router_l3_agent_bindings').values({ router_id: router.id, l3_agent_id: agent.id, binding_index: lowestFree(bound.map(({ binding_index }) => binding_index)) }).execute();
      await ensureVrId(tx, router.id, networkId);
      await tx.insertInto('router_ports').values({ port_id: portId, router_id: router.id, port_type: haPortOwner }).execute();
      await tx.insertInto('ha_router_ports').values({ port_id: portId, router_id: router.id, l3_agent_id: agent.id, state: 'standby' }).execute();
    },
  });
}

function lowestFree(taken: readonly number[]): number {
  for (let index = 1; ; index++) if (!taken.includes(index)) return index;
}

/** Of two that choose the same number one finds it taken, and chooses again. */
async function ensureVrId(tx: Tx, routerId: string, networkId: string): Promise<void> {
  if ((await tx.selectFrom('ha_router_vr_ids').select('vr_id').where('router_id', '=', routerId).executeTakeFirst()) !== undefined) return;
  const rows = await tx.selectFrom('ha_router_vr_ids').select('vr_id').where('network_id', '=', networkId).execute();
  const taken = new Set(rows.map(({ vr_id }) => vr_id));
  const free = Array.from({ length: MOST_VR_IDS }, (_, index) => index + 1).filter((vrId) => !taken.has(vrId));
  const chosen = free[Math.floor(Math.random() * free.length)];
  if (chosen === undefined) throw new NeutronError(NoVRIDAvailable, { router_id: routerId });
  await tx.insertInto('ha_router_vr_ids').values({ router_id: routerId, network_id: networkId, vr_id: chosen }).execute();
}

/** Takes the router from an agent, with the port of that agent's copy. */
export async function unbindHaRouter(l3: L3, routerId: string, agentId: string): Promise<void> {
  const unbind = async (tx: Tx): Promise<void> => {
    await tx.deleteFrom('router_l3_agent_bindings').where('router_id', '=', routerId).where('l3_agent_id', '=', agentId).execute();
  };
  const port = await l3.db.selectFrom('ha_router_ports').select('port_id').where('router_id', '=', routerId).where('l3_agent_id', '=', agentId).executeTakeFirst();
  if (port === undefined) await transact(l3.db, unbind);
  else await deleteHaPort(l3, port.port_id, unbind);
}

/** The ports by which the copies of a router watch one another, in the order of their ids. */
export async function haPortIds(db: DbOrTx, routerId: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('router_ports').select('port_id').where('router_id', '=', routerId).where('port_type', '=', haPortOwner).orderBy('port_id').execute();
  return rows.map(({ port_id }) => port_id);
}

export async function deleteHaPorts(l3: L3, routerId: string): Promise<void> {
  for (const id of await haPortIds(l3.db, routerId)) await deleteHaPort(l3, id);
}

async function deleteHaPort({ db, core }: L3, id: string, alongside: (tx: Tx) => Promise<void> = () => Promise.resolve()): Promise<void> {
  try {
    await core.ports.delete?.(adminContext(), id, { alongside: (transaction) => alongside(transaction as Tx) });
  } catch (error) {
    if (!isNeutronError(error, PortNotFound)) throw error;
    await transact(db, alongside);
  }
}

/** Ports of agents that were deleted: what said whose they were went with the agent. */
export async function deleteOrphanedHaPorts(l3: L3): Promise<void> {
  const rows = await l3.db
    .selectFrom('router_ports')
    .leftJoin('ha_router_ports', 'ha_router_ports.port_id', 'router_ports.port_id')
    .select('router_ports.port_id')
    .where('router_ports.port_type', '=', haPortOwner)
    .where('ha_router_ports.port_id', 'is', null)
    .execute();
  for (const { port_id } of rows) await deleteHaPort(l3, port_id);
}
