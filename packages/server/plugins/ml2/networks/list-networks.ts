import type { Json, JsonObject } from '@neutrino/lib/json';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { ListQuery } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { columnsNamed, listRows, oneOf, type ListSource } from '../../../db/list-query.ts';
import type { Ml2 } from '../ml2.ts';
import { visibleNetworks } from '../visibility.ts';
import { networkViews } from './network-view.ts';

export async function listNetworks(ml2: Ml2, context: RequestContext, query: ListQuery): Promise<readonly JsonObject[]> {
  const visible = ml2.db.selectFrom('networks').selectAll('networks').where(visibleNetworks(context));
  return networkViews(ml2, ml2.db, await listRows(visible, query, networkSource(context)), context);
}

function networkSource(context: RequestContext): ListSource {
  return {
    table: 'networks',
    tagCollection: 'networks',
    columns: {
      ...columnsNamed(
        'id', 'name', 'project_id', 'admin_state_up', 'status', 'mtu', 'port_security_enabled', 'is_default',
        'description', 'created_at', 'updated_at', 'revision_number', 'availability_zone_hints',
        'vlan_transparent',
      ),
      tenant_id: 'project_id',
    },
    filters: {
      shared: (values) => granted(sql`network_rbacs.action = 'access_as_shared' and network_rbacs.target_project in ('*', ${context.projectId ?? '*'})`, values),
      // A network is external to all that see it, whoever may use it so.
      'router:external': (values) => granted(sql`network_rbacs.action = 'access_as_external'`, values),
      // The default is one that leads outside.
      is_default: (values) => granted(sql`network_rbacs.action = 'access_as_external' and networks.is_default = 1`, values),
      'provider:network_type': (values) => onSegment('network_type', values),
      'provider:physical_network': (values) => onSegment('physical_network', values),
      'provider:segmentation_id': (values) => onSegment('segmentation_id', values),
      subnets: (values) => sql<SqlBool>`networks.id in (select subnets.network_id from subnets where ${oneOf('subnets.id', values)})`,
    },
  };
}

/** Networks with such a grant; with false among the values, the others. */
function granted(grant: RawBuilder<unknown>, values: readonly Json[]): RawBuilder<SqlBool> {
  const among = sql`(select network_rbacs.object_id from network_rbacs where ${grant})`;
  const conditions = values.map((value) => (value === true ? sql<SqlBool>`networks.id in ${among}` : sql<SqlBool>`networks.id not in ${among}`));
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

function onSegment(column: string, values: readonly Json[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`networks.id in (select network_segments.network_id from network_segments where ${oneOf(`network_segments.${column}`, values)})`;
}
