import type { JsonObject } from '@neutrino/lib/json';
import { agentTypes } from '../../../agents/agent-views.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { DbOrTx } from '../../../db/types.ts';

/** The copy of a highly available router on one host. */
export interface HaCopyHere {
  readonly routerId: string;
  readonly portId: string;
  readonly state: string;
  /** 0 where it has none. */
  readonly vrId: number;
}

/** Of those of the routers that are highly available: one query, and none where no router is. */
export async function haCopiesOn(db: DbOrTx, host: string, routers: readonly JsonObject[]): Promise<readonly HaCopyHere[]> {
  const ids = routers.filter(({ ha }) => ha === true).map(({ id }) => String(id));
  const rows = await unlessEmpty(ids, (some) =>
    db
      .selectFrom('ha_router_ports as copy')
      .innerJoin('agents', 'agents.id', 'copy.l3_agent_id')
      .leftJoin('ha_router_vr_ids', 'ha_router_vr_ids.router_id', 'copy.router_id')
      .select(['copy.router_id', 'copy.port_id', 'copy.state', 'ha_router_vr_ids.vr_id'])
      .where(inList('copy.router_id', some))
      .where('agents.agent_type', '=', agentTypes.l3)
      .where('agents.host', '=', host)
      .execute(),
  );
  return rows.map(({ router_id: routerId, port_id: portId, state, vr_id: vrId }) => ({ routerId, portId, state, vrId: vrId ?? 0 }));
}
