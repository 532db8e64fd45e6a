import { agentTypes, storedObject } from '../../agents/agent-views.ts';
import type { Subjects } from '../../change-log/read-changes.ts';
import { networksOfCopies } from '../../change-log/networks-behind.ts';
import { inList } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';
import { networkIdsOfAgent } from '../../scheduler/dhcp-bindings.ts';

/** Whose changes concern the agent of a host, as things are now: a fixed number of queries. What it had before is in the log by the host's name. */
export async function subjectsOfHost(db: Db, { host, agentType }: { readonly host: string; readonly agentType: string }): Promise<Subjects> {
  const agent = await db.selectFrom('agents').select(['id', 'configurations']).where('agent_type', '=', agentType).where('host', '=', host).executeTakeFirst();
  const own = agent === undefined ? [] : [agent.id];
  if (agentType === agentTypes.dhcp) {
    const networks = agent === undefined ? [] : await networkIdsOfAgent(db, agent.id);
    return { agent: own, served: own, network: networks, subnet: networks, lease: networks };
  }
  if (agentType !== agentTypes.linuxbridge) return {};
  const networks = await db.selectFrom('port_bindings').innerJoin('ports', 'ports.id', 'port_bindings.port_id').select('ports.network_id').distinct().where('port_bindings.host', '=', host).execute();
  const bindings = await db
    .selectFrom('port_bindings')
    .innerJoin('security_group_port_bindings as member', 'member.port_id', 'port_bindings.port_id')
    .select('member.security_group_id')
    .distinct()
    .where('port_bindings.host', '=', host)
    .execute();
  const groups = bindings.map(({ security_group_id: id }) => id);
  const rules = groups.length === 0 ? [] : await db.selectFrom('security_group_rules').select(['remote_group_id', 'remote_address_group_id']).distinct().where(inList('security_group_id', groups)).execute();
  const networkIds = networks.map(({ network_id: id }) => id);
  const isTold = agent !== undefined && storedObject(agent.configurations)['l2_population'] === true;
  return {
    agent: own,
    port: [host],
    gone: [host],
    network: networkIds,
    tunnels: isTold ? [...new Set([...networkIds, ...(await networksOfCopies(db, [host]))])] : [],
    rules: groups,
    members: [...new Set(rules.flatMap(({ remote_group_id: id }) => id ?? []))],
    addresses: [...new Set(rules.flatMap(({ remote_address_group_id: id }) => id ?? []))],
  };
}
