import type { AgentChange, ChangeKind } from '../../change-log/agent-change.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';
import { agentIdsOfNetworks } from '../../scheduler/dhcp-bindings.ts';

/** Which agents changes concern: a fixed number of queries, whatever their number. */
export interface ConcernedAgents {
  /** Changes for the L2 agent, by host. */
  readonly l2: ReadonlyMap<string, readonly AgentChange[]>;
  /** Changes for agents that are named by their id: DHCP agents, and agents that were switched on or off. */
  readonly byId: ReadonlyMap<string, readonly AgentChange[]>;
}

export async function hostsOfChanges(db: Db, changes: readonly AgentChange[]): Promise<ConcernedAgents> {
  const l2 = new Concerned();
  const byId = new Concerned();
  for (const change of changes) {
    if (change.kind === 'port' || change.kind === 'gone') l2.add(change.subject, change);
    if (change.kind === 'served' || change.kind === 'agent') byId.add(change.subject, change);
  }
  await addHostsOfGroups(db, changes, l2);
  await addHostsOfNetworks(db, changes, l2);
  await addDhcpAgents(db, changes, byId);
  return { l2: l2.changes, byId: byId.changes };
}

class Concerned {
  readonly changes = new Map<string, AgentChange[]>();

  add(who: string, ...changes: readonly AgentChange[]): void {
    const known = this.changes.get(who);
    if (known === undefined) this.changes.set(who, [...changes]);
    else for (const change of changes) if (!known.includes(change)) known.push(change);
  }
}

async function addHostsOfGroups(db: Db, changes: readonly AgentChange[], l2: Concerned): Promise<void> {
  const byGroup = new Concerned();
  for (const change of changes) if (change.kind === 'rules') byGroup.add(change.subject, change);
  const members = bySubject(changes, 'members');
  const remotes = await unlessEmpty([...members.keys()], (part) =>
    db.selectFrom('security_group_rules').select(['security_group_id', 'remote_group_id']).distinct().where(inList('remote_group_id', part)).execute(),
  );
  for (const { security_group_id: group, remote_group_id: remote } of remotes) byGroup.add(group, ...(members.get(remote ?? '') ?? []));
  const addresses = bySubject(changes, 'addresses');
  const named = await unlessEmpty([...addresses.keys()], (part) =>
    db.selectFrom('security_group_rules').select(['security_group_id', 'remote_address_group_id']).distinct().where(inList('remote_address_group_id', part)).execute(),
  );
  for (const { security_group_id: group, remote_address_group_id: remote } of named) byGroup.add(group, ...(addresses.get(remote ?? '') ?? []));
  const hosts = await unlessEmpty([...byGroup.changes.keys()], (part) =>
    db
      .selectFrom('security_group_port_bindings as member')
      .innerJoin('port_bindings', 'port_bindings.port_id', 'member.port_id')
      .select(['member.security_group_id', 'port_bindings.host'])
      .distinct()
      .where(inList('member.security_group_id', part))
      .where('port_bindings.host', '<>', '')
      .execute(),
  );
  for (const { security_group_id: group, host } of hosts) l2.add(host, ...(byGroup.changes.get(group) ?? []));
}

async function addHostsOfNetworks(db: Db, changes: readonly AgentChange[], l2: Concerned): Promise<void> {
  const networks = bySubject(changes, 'network');
  const hosts = await unlessEmpty([...networks.keys()], (part) =>
    db
      .selectFrom('ports')
      .innerJoin('port_bindings', 'port_bindings.port_id', 'ports.id')
      .select(['ports.network_id', 'port_bindings.host'])
      .distinct()
      .where(inList('ports.network_id', part))
      .where('port_bindings.host', '<>', '')
      .execute(),
  );
  for (const { network_id: network, host } of hosts) l2.add(host, ...(networks.get(network) ?? []));
}

async function addDhcpAgents(db: Db, changes: readonly AgentChange[], byId: Concerned): Promise<void> {
  const networks = bySubject(changes, 'network', 'subnet', 'lease');
  for (const [network, agents] of await agentIdsOfNetworks(db, [...networks.keys()])) {
    for (const agent of agents) byId.add(agent, ...(networks.get(network) ?? []));
  }
}

function bySubject(changes: readonly AgentChange[], ...kinds: readonly ChangeKind[]): ReadonlyMap<string, readonly AgentChange[]> {
  return Map.groupBy(changes.filter(({ kind }) => kinds.includes(kind)), ({ subject }) => subject);
}
