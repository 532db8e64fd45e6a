import { expressionBuilder, type ExpressionWrapper, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { Database } from '../../db/schema.ts';
import type { RequestContext } from '../../context.ts';
import { isShared } from '../../services/rbac/shared-objects.ts';

/*
 * What a project sees: its own objects; networks shared with it, with their subnets, and external ones, without; and, as
 * the owner of a network, everybody's ports on it. An admin sees all, an advanced service all networks and ports. The
 * policy of reading says the same: what it took away after a list was cut into pages would leave them short.
 */

export function visibleNetworks(context: RequestContext): ExpressionWrapper<Database, 'networks', SqlBool> {
  const eb = expressionBuilder<Database, 'networks'>();
  if (context.isAdmin || context.isAdvsvc) return eb.lit(true);
  return eb.or([eb('networks.project_id', '=', projectOf(context)), eb('networks.id', 'in', grantedNetworks(context, ['access_as_shared', 'access_as_external']))]);
}

export function visibleSubnets(context: RequestContext): ExpressionWrapper<Database, 'subnets', SqlBool> {
  const eb = expressionBuilder<Database, 'subnets'>();
  if (context.isAdmin) return eb.lit(true);
  return eb.or([
    eb('subnets.project_id', '=', projectOf(context)),
    eb('subnets.network_id', 'in', grantedNetworks(context, ['access_as_shared'])),
  ]);
}

export function visiblePorts(context: RequestContext): ExpressionWrapper<Database, 'ports', SqlBool> {
  const eb = expressionBuilder<Database, 'ports'>();
  if (context.isAdmin || context.isAdvsvc) return eb.lit(true);
  return eb.or([eb('ports.project_id', '=', projectOf(context)), eb('ports.network_id', 'in', ownNetworks(context))]);
}

export function visibleSubnetpools(context: RequestContext): ExpressionWrapper<Database, 'subnetpools', SqlBool> {
  const eb = expressionBuilder<Database, 'subnetpools'>();
  if (context.isAdmin) return eb.lit(true);
  return eb.or([eb('subnetpools.project_id', '=', projectOf(context)), isShared('subnetpool_rbacs', 'subnetpools.id', context.projectId)]);
}

export function visibleAddressScopes(context: RequestContext): ExpressionWrapper<Database, 'address_scopes', SqlBool> {
  const eb = expressionBuilder<Database, 'address_scopes'>();
  if (context.isAdmin) return eb.lit(true);
  return eb.or([eb('address_scopes.project_id', '=', projectOf(context)), isShared('addressscope_rbacs', 'address_scopes.id', context.projectId)]);
}

/** Objects of the server itself have the empty project; a context without a project owns nothing, so not those either. */
function projectOf(context: RequestContext): string {
  return context.projectId === undefined || context.projectId === '' ? '-' : context.projectId;
}

function ownNetworks(context: RequestContext): SelectQueryBuilder<Database, never, { id: string }> {
  return expressionBuilder<Database, never>().selectFrom('networks as own').select('own.id').where('own.project_id', '=', projectOf(context));
}

function grantedNetworks(context: RequestContext, actions: readonly string[]): SelectQueryBuilder<Database, never, { object_id: string }> {
  return expressionBuilder<Database, never>()
    .selectFrom('network_rbacs as granted')
    .select('granted.object_id')
    .where('granted.action', 'in', actions)
    .where('granted.target_project', 'in', ['*', projectOf(context)]);
}
