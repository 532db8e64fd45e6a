import { NetworkInUse } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import { adminContext, type RequestContext } from '../../../context.ts';
import { deletedNetworkChanges } from '../../../change-log/network-changes.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { autoDeletedOwners } from '../auto-deleted-ports.ts';
import { deleteTags } from '../delete-tags.ts';
import type { Ml2 } from '../ml2.ts';
import { portViewsById } from '../ports/read-port.ts';
import { publishDeleted } from '../publish.ts';
import { checkRevision } from '../standard-attributes.ts';
import { subnetViewsById } from '../subnets/read-subnet.ts';
import { networkView, visibleNetwork } from './read-network.ts';

/** Deletes a network with its subnets and the service's own ports. Throws NetworkInUse where other ports are on it. */
export async function deleteNetwork(ml2: Ml2, context: RequestContext, id: string, options?: WriteOptions): Promise<void> {
  const admin = adminContext(context.requestId);
  const deleted = await transact(ml2.db, async (tx) => {
    // Locked, no port comes after those that are looked at here.
    checkRevision(await visibleNetwork(tx, context, id, { lock: true }), options?.revisionNumber);
    await checkUnused(tx, id);
    const network = await networkView(ml2, tx, id, context);
    const portIds = (await tx.selectFrom('ports').select('id').where('network_id', '=', id).execute()).map((row) => row.id);
    const subnetIds = (await tx.selectFrom('subnets').select('id').where('network_id', '=', id).execute()).map((row) => row.id);
    const ports = await portViewsById(ml2, tx, portIds);
    const subnets = await subnetViewsById(ml2, tx, subnetIds, admin);
    await recordChanges(tx, [...portChanges(ports.map((original) => ({ original }))), ...deletedNetworkChanges(id, await concerned(tx, id))]);
    await deleteTags(tx, [id, ...portIds, ...subnetIds]);
    await tx.deleteFrom('ports').where('network_id', '=', id).execute();
    await tx.deleteFrom('subnets').where('network_id', '=', id).execute();
    await tx.deleteFrom('networks').where('id', '=', id).execute();
    return { network, ports, subnets };
  });
  await publishDeleted(ml2, context, 'port', deleted.ports);
  await publishDeleted(ml2, context, 'subnet', deleted.subnets);
  await publishDeleted(ml2, context, 'network', [deleted.network]);
}

/** Who has something of the network: DHCP agents, and hosts of its last ports. */
async function concerned(tx: Tx, id: string): Promise<{ hosts: readonly string[]; dhcpAgents: readonly string[] }> {
  const bindings = await tx.selectFrom('port_bindings').innerJoin('ports', 'ports.id', 'port_bindings.port_id').select('port_bindings.host').distinct().where('ports.network_id', '=', id).execute();
  const agents = await tx
    .selectFrom('network_dhcp_agent_bindings')
    .innerJoin('agents', 'agents.id', 'network_dhcp_agent_bindings.dhcp_agent_id')
    .select(['agents.id', 'agents.host'])
    .where('network_dhcp_agent_bindings.network_id', '=', id)
    .execute();
  const hosts = new Set([...bindings.map(({ host }) => host), ...agents.map(({ host }) => host)].filter((host) => host !== ''));
  return { hosts: [...hosts], dhcpAgents: agents.map((agent) => agent.id) };
}

async function checkUnused(tx: Tx, id: string): Promise<void> {
  const ports = await tx.selectFrom('ports').select('id').where('network_id', '=', id).where('device_owner', 'not in', autoDeletedOwners).execute();
  if (ports.length === 0) return;
  const named = ports.map((port) => port.id).join(',');
  throw new NeutronError(NetworkInUse, {
    net_id: id,
    reason: `There are one or more ports still in use on the network, id for these ports is: ${named}.`,
  });
}
