import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NetworkInUse, NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { adminContext } from '../../../context.ts';
import type { Tx } from '../../../db/types.ts';
import type { L3 } from '../l3.ts';
import { Superfluous, unlessSuperfluous } from './superfluous.ts';

/**
 * The network by which the copies of a project's highly available routers watch one another, made where there is none. It belongs to
 * no project, so that none sees it. Throws what making a network throws: NoNetworkAvailable …
 */
export async function ensureHaNetwork(l3: L3, projectId: string): Promise<string> {
  const known = await haNetworkOf(l3, projectId);
  if (known !== undefined) return known.hasSubnet ? known.id : withSubnet(l3, projectId, known.id);
  const { networkType, physicalNetwork } = l3.settings.ha;
  const body = {
    name: `HA network tenant ${projectId}`, project_id: '', admin_state_up: true, shared: false,
    ...(networkType !== '' && { 'provider:network_type': networkType }),
    ...(physicalNetwork !== '' && { 'provider:physical_network': physicalNetwork }),
  };
  // Who is second uses the one of who was first.
  await unlessSuperfluous(() =>
    l3.core.networks.create?.(adminContext(), [body], {
      alongside: async (transaction, [networkId = '']) => {
        const tx = transaction as Tx;
        if ((await tx.selectFrom('ha_networks').select('network_id').where('project_id', '=', projectId).executeTakeFirst()) !== undefined) throw new Superfluous();
        await tx.insertInto('ha_networks').values({ project_id: projectId, network_id: networkId }).execute();
      },
    }) ?? Promise.resolve(),
  );
  return ensureHaNetwork(l3, projectId);
}

async function withSubnet(l3: L3, projectId: string, networkId: string): Promise<string> {
  const body = { name: `HA subnet tenant ${projectId}`, project_id: '', network_id: networkId, ip_version: 4, cidr: l3.settings.ha.cidr, enable_dhcp: false, gateway_ip: null };
  try {
    await l3.core.subnets.create?.(adminContext(), [body]);
  } catch (error) {
    if (isNeutronError(error, NetworkNotFound)) return ensureHaNetwork(l3, projectId);
    const now = await haNetworkOf(l3, projectId);
    // Another server may have made it this moment; otherwise nobody is to find a network on which no router can be.
    if (!isNeutronError(error, InvalidInput) || now?.hasSubnet !== true) {
      await deleteNetwork(l3, networkId);
      throw error;
    }
  }
  return networkId;
}

async function haNetworkOf({ db }: L3, projectId: string): Promise<{ readonly id: string; readonly hasSubnet: boolean } | undefined> {
  const row = await db
    .selectFrom('ha_networks')
    .leftJoin('subnets', 'subnets.network_id', 'ha_networks.network_id')
    .select(['ha_networks.network_id', 'subnets.id as subnet_id'])
    .where('ha_networks.project_id', '=', projectId)
    .executeTakeFirst();
  return row === undefined ? undefined : { id: row.network_id, hasSubnet: row.subnet_id !== null };
}

/** The network goes with the last of the project's highly available routers. One that comes at the same moment makes a new one. */
export async function deleteIdleHaNetwork(l3: L3, projectId: string): Promise<void> {
  const router = await l3.db.selectFrom('routers').select('id').where('project_id', '=', projectId).where('ha', '=', 1).limit(1).executeTakeFirst();
  const network = router === undefined ? await haNetworkOf(l3, projectId) : undefined;
  if (network !== undefined) await deleteNetwork(l3, network.id);
}

async function deleteNetwork({ core }: L3, id: string): Promise<void> {
  try {
    await core.networks.delete?.(adminContext(), id);
  } catch (error) {
    if (!isNeutronError(error, NetworkInUse) && !isNeutronError(error, NetworkNotFound)) throw error;
  }
}
