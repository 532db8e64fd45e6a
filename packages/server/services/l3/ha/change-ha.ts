import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import type { RoutersTable } from '../../../db/schema.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { inList } from '../../../db/id-list.ts';
import type { Tx } from '../../../db/types.ts';
import { touch } from '../../../plugins/ml2/standard-attributes.ts';
import type { AgentAddress } from '../../../callbacks/registry.ts';
import { badRequest } from '../attached-subnets.ts';
import { haInterfaceOwner, interfaceOwner } from '../l3.ts';
import { refuseOtherKind } from '../router-provider.ts';

/** What a request makes of `ha`; undefined where it stays as it is. Throws BadRequest for a router that is switched on, InvalidInput for one whose provider decides it. */
export function changedHa(row: Pick<Selectable<RoutersTable>, 'ha' | 'admin_state_up' | 'flavor_id' | 'service_type_id'>, changes: JsonObject): boolean | undefined {
  const { ha, admin_state_up: isUp = row.admin_state_up === 1 } = changes;
  if (typeof ha !== 'boolean' || ha === (row.ha === 1)) return undefined;
  refuseOtherKind(row);
  if (isUp === true) throw badRequest('Cannot change HA attribute of active routers. Please set router admin_state_up to False prior to upgrade');
  return ha;
}

/** Makes the router of the other kind, under its lock, and takes it from its agents: it is another thing to each. Returns those. */
export async function changeHa(tx: Tx, routerId: string, ha: boolean): Promise<readonly AgentAddress[]> {
  const [from, to] = ha ? [interfaceOwner, haInterfaceOwner] : [haInterfaceOwner, interfaceOwner];
  const ports = await tx.selectFrom('router_ports').select('port_id').where('router_id', '=', routerId).where('port_type', '=', from).execute();
  const ids = ports.map(({ port_id }) => port_id);
  if (ids.length > 0) {
    await touch(tx, 'ports', ids);
    await tx.updateTable('ports').set({ device_owner: to }).where(inList('id', ids)).execute();
    await tx.updateTable('router_ports').set({ port_type: to }).where(inList('port_id', ids)).execute();
    await recordChanges(tx, [{ kind: 'copies', subject: routerId, object: '' }]);
  }
  const agents = await tx.selectFrom('router_l3_agent_bindings').innerJoin('agents', 'agents.id', 'router_l3_agent_bindings.l3_agent_id').select(['agents.host', 'agents.topic']).where('router_l3_agent_bindings.router_id', '=', routerId).execute();
  await tx.deleteFrom('router_l3_agent_bindings').where('router_id', '=', routerId).execute();
  if (!ha) await tx.deleteFrom('ha_router_vr_ids').where('router_id', '=', routerId).execute();
  await tx.updateTable('routers').set({ ha: ha ? 1 : 0 }).where('id', '=', routerId).execute();
  return agents;
}
