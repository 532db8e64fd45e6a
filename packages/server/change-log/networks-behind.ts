import { inList, unlessEmpty } from '../db/id-list.ts';
import type { DbOrTx } from '../db/types.ts';
import { haPortOwner } from '../services/l3/ha/ha-port-owners.ts';
import type { AgentChange, ChangeKind } from './agent-change.ts';

/** The networks in which something behind tunnels has changed: those that are named, those of routers whose copies came or went, and those of hosts with other ends. */
export async function networksBehind(db: DbOrTx, changes: readonly AgentChange[]): Promise<readonly AgentChange[]> {
  const named = (wanted: ChangeKind): readonly string[] => [...new Set(changes.flatMap(({ kind, subject }) => (kind === wanted ? [subject] : [])))];
  const networks = [...named('tunnels'), ...(await networksOfRouters(db, named('copies'))), ...(await networksOfHosts(db, named('end')))];
  return [...new Set(networks)].map((subject) => ({ kind: 'tunnels', subject, object: '' }));
}

async function networksOfRouters(db: DbOrTx, routerIds: readonly string[]): Promise<readonly string[]> {
  const rows = await unlessEmpty(routerIds, (part) =>
    db.selectFrom('router_ports').innerJoin('ports', 'ports.id', 'router_ports.port_id').select('ports.network_id').distinct().where(inList('router_ports.router_id', part)).where('router_ports.port_type', '<>', haPortOwner).execute(),
  );
  return rows.map(({ network_id }) => network_id);
}

/** Networks of ports that are bound to the hosts, and of routers that have copies there. */
async function networksOfHosts(db: DbOrTx, hosts: readonly string[]): Promise<readonly string[]> {
  const bound = await unlessEmpty(hosts, (part) =>
    db.selectFrom('port_bindings').innerJoin('ports', 'ports.id', 'port_bindings.port_id').select('ports.network_id').distinct().where(inList('port_bindings.host', part)).execute(),
  );
  return [...new Set([...bound.map(({ network_id }) => network_id), ...(await networksOfCopies(db, hosts))])];
}

export async function networksOfCopies(db: DbOrTx, hosts: readonly string[]): Promise<readonly string[]> {
  const copies = await unlessEmpty(hosts, (part) =>
    db.selectFrom('ha_router_ports').innerJoin('agents', 'agents.id', 'ha_router_ports.l3_agent_id').select('ha_router_ports.router_id').distinct().where(inList('agents.host', part)).execute(),
  );
  return networksOfRouters(db, copies.map(({ router_id }) => router_id));
}
