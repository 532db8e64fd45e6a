import { TenantNotAllowedOnNetwork } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { RequestContext } from '../../../context.ts';
import type { DbOrTx } from '../../../db/types.ts';
import { hasGrant } from './network-grants.ts';
import type { NetworkRow } from './network-view.ts';
import { visibleNetwork } from './read-network.ts';

/**
 * The network a port or subnet is to be made on: one's own, or one shared with the project. An external network is
 * seen by all, but used only through routers. Throws NetworkNotFound or a 403.
 */
export async function usableNetwork(db: DbOrTx, context: RequestContext, id: string, resource: 'port' | 'subnet'): Promise<NetworkRow> {
  const network = await visibleNetwork(db, context, id);
  if (context.isAdmin || context.isAdvsvc || network.project_id === context.projectId) return network;
  if (await hasGrant(db, id, 'access_as_shared', context.projectId === undefined ? [] : [context.projectId])) return network;
  throw new NeutronError(TenantNotAllowedOnNetwork, { tenant_id: context.projectId ?? '', resource });
}
