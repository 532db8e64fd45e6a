import type { Json, JsonObject } from '@neutrino/lib/json';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { ListQuery } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { columnsNamed, listRows, type ListSource } from '../../../db/list-query.ts';
import type { Ml2 } from '../ml2.ts';
import { visibleSubnets } from '../visibility.ts';
import { subnetViews } from './subnet-view.ts';

export async function listSubnets(ml2: Ml2, context: RequestContext, query: ListQuery): Promise<readonly JsonObject[]> {
  const visible = ml2.db.selectFrom('subnets').selectAll('subnets').where(visibleSubnets(context));
  return subnetViews(ml2, ml2.db, await listRows(visible, query, subnetSource(context)), context);
}

function subnetSource(context: RequestContext): ListSource {
  return {
    table: 'subnets',
    tagCollection: 'subnets',
    columns: {
      ...columnsNamed(
        'id', 'name', 'project_id', 'network_id', 'ip_version', 'cidr', 'enable_dhcp', 'description', 'created_at',
        'updated_at', 'revision_number',
      ),
      tenant_id: 'project_id',
      gateway_ip: { column: 'gateway_ip', nullable: true },
      subnetpool_id: { column: 'subnetpool_id', nullable: true },
      ipv6_ra_mode: { column: 'ipv6_ra_mode', nullable: true },
      ipv6_address_mode: { column: 'ipv6_address_mode', nullable: true },
    },
    filters: {
      shared: (values) => granted(sql`network_rbacs.action = 'access_as_shared' and network_rbacs.target_project in ('*', ${context.projectId ?? '*'})`, values),
      // A network is external to all that see it, whoever may use it so.
      'router:external': (values) => granted(sql`network_rbacs.action = 'access_as_external'`, values),
    },
  };
}

function granted(condition: RawBuilder<unknown>, values: readonly Json[]): RawBuilder<SqlBool> {
  const among = sql`(select network_rbacs.object_id from network_rbacs where ${condition})`;
  const conditions = values.map((value) =>
    value === true ? sql<SqlBool>`subnets.network_id in ${among}` : sql<SqlBool>`subnets.network_id not in ${among}`,
  );
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}
