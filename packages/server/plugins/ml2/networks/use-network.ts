import { TenantNotAllowedOnNetwork } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { CompiledQuery } from 'kysely';
import type { RequestContext } from '../../../context.ts';
import { inList } from '../../../db/id-list.ts';
import { prepared } from '../../../db/prepared.ts';
import type { DbOrTx } from '../../../db/types.ts';
import { visibleNetworks } from '../visibility.ts';
import { hasGrant } from './network-grants.ts';
import type { NetworkRow } from './network-view.ts';
import { visibleNetwork } from './read-network.ts';

/**
 * The network a port or subnet is to be made on: one's own, or one shared with the project. An external network is
 * seen by all, but used only through routers. Throws NetworkNotFound or a 403.
 */
export async function usableNetwork(db: DbOrTx, context: RequestContext, id: string, resource: 'port' | 'subnet'): Promise<NetworkRow> {
  return requireUse(db, context, await visibleNetwork(db, context, id), resource);
}

/** Networks that the context may see, for those who read more at once: `requireUse` says whether it may use them. */
export function networksToUse(db: DbOrTx, context: RequestContext, ids: readonly string[]): CompiledQuery<NetworkRow> {
  const [only, ...others] = ids;
  if (context.isAdmin && only !== undefined && others.length === 0) return networkById(db, { id: only });
  return db.selectFrom('networks').selectAll().where(inList('id', ids)).where(visibleNetworks(context)).compile();
}

const networkById = prepared<{ id: string }, NetworkRow>(['id'], (db, { id }) => db.selectFrom('networks').selectAll().where('id', '=', id));

/** Returns a network that the context sees if it may be used. Throws a 403. */
export async function requireUse(db: DbOrTx, context: RequestContext, network: NetworkRow, resource: 'port' | 'subnet'): Promise<NetworkRow> {
  if (context.isAdmin || context.isAdvsvc || network.project_id === context.projectId) return network;
  if (await hasGrant(db, network.id, 'access_as_shared', context.projectId === undefined ? [] : [context.projectId])) return network;
  throw new NeutronError(TenantNotAllowedOnNetwork, { tenant_id: context.projectId ?? '', resource });
}
