import type { JsonObject } from '@neutrino/lib/json';
import type { ListQuery } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { columnsNamed, listRows, type ListSource } from '../../../db/list-query.ts';
import { sharedFilter } from '../../../services/rbac/shared-objects.ts';
import type { Ml2 } from '../ml2.ts';
import { visibleSubnetpools } from '../visibility.ts';
import { poolViews } from './pool-view.ts';

export async function listPools(ml2: Ml2, context: RequestContext, query: ListQuery): Promise<readonly JsonObject[]> {
  const visible = ml2.db.selectFrom('subnetpools').selectAll('subnetpools').where(visibleSubnetpools(context));
  return poolViews(ml2.db, await listRows(visible, query, poolSource(context)), context);
}

function poolSource(context: RequestContext): ListSource {
  return {
    table: 'subnetpools',
    tagCollection: 'subnetpools',
    columns: {
      ...columnsNamed(
        'id', 'name', 'project_id', 'ip_version', 'default_prefixlen', 'min_prefixlen', 'max_prefixlen', 'is_default',
        'description', 'created_at', 'updated_at', 'revision_number',
      ),
      tenant_id: 'project_id',
      default_quota: { column: 'default_quota', nullable: true },
      address_scope_id: { column: 'address_scope_id', nullable: true },
    },
    filters: { shared: sharedFilter('subnetpool_rbacs', 'subnetpools.id', context) },
  };
}
