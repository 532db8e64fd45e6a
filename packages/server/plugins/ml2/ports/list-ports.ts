import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { ListQuery } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { columnsNamed, either, listRows, oneOf, type ListSource } from '../../../db/list-query.ts';
import type { Ml2 } from '../ml2.ts';
import { visiblePorts } from '../visibility.ts';
import { readyPortsOfRows } from './read-port.ts';
import { upToDateView, type ReadyPort } from './ready-port.ts';

/** One statement, however long the list, where all the ports are ready. */
export async function listPorts(ml2: Ml2, context: RequestContext, query: ListQuery): Promise<readonly ReadyPort[]> {
  const visible = ml2.db.selectFrom('ports').select(['ports.id', upToDateView(ml2.db, ml2.format.key).as('view')]).where(visiblePorts(context));
  return readyPortsOfRows(ml2, ml2.db, await listRows(visible, query, portSource));
}

/** Attributes that are columns of the row, as they are. */
const plainColumns = ['id', 'name', 'project_id', 'network_id', 'mac_address', 'status', 'device_id', 'device_owner', 'description', 'revision_number'] as const;
const plainAttributes: ReadonlySet<string> = new Set([...plainColumns, 'tenant_id']);

/** Ports with what was asked of them, where the row itself has it: of ten thousand ids nothing else is read. */
export async function listPortColumns(ml2: Ml2, context: RequestContext, query: ListQuery, fields: readonly string[]): Promise<readonly JsonObject[] | undefined> {
  if (fields.some((name) => !plainAttributes.has(name))) return undefined;
  const isAsked = (name: string): boolean => name === 'id' || fields.includes(name) || (name === 'project_id' && fields.includes('tenant_id'));
  const columns = plainColumns.filter(isAsked).map((name) => `ports.${name}` as const);
  const rows = await listRows(ml2.db.selectFrom('ports').select(columns).where(visiblePorts(context)), query, portSource);
  return fields.includes('tenant_id') ? rows.map((row) => ({ ...row, tenant_id: row.project_id })) : rows;
}

const portSource: ListSource = {
  table: 'ports',
  tagCollection: 'ports',
  columns: {
    ...columnsNamed(
      'id', 'name', 'project_id', 'network_id', 'mac_address', 'admin_state_up', 'status', 'device_id',
      'device_owner', 'port_security_enabled', 'description', 'created_at', 'updated_at', 'revision_number',
    ),
    tenant_id: 'project_id',
  },
  filters: {
    fixed_ips: byAddress,
    security_groups: (values) =>
      sql<SqlBool>`ports.id in (select security_group_port_bindings.port_id from security_group_port_bindings where ${oneOf('security_group_port_bindings.security_group_id', values)})`,
    // Where the instance may move to counts too: Nova asks for what it has prepared there.
    'binding:host_id': (values) => sql<SqlBool>`ports.id in (select port_bindings.port_id from port_bindings where ${oneOf('port_bindings.host', values)})`,
    'binding:vif_type': (values) => byBinding('vif_type', values),
    'binding:vnic_type': (values) => byBinding('vnic_type', values),
    'network:project_id': byNetworkOwner,
    'network:tenant_id': byNetworkOwner,
  },
};

function byBinding(column: string, values: readonly Json[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`ports.id in (select port_bindings.port_id from port_bindings where port_bindings.status = 'ACTIVE' and ${oneOf(`port_bindings.${column}`, values)})`;
}

function byNetworkOwner(values: readonly Json[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`ports.network_id in (select networks.id from networks where ${oneOf('networks.project_id', values)})`;
}

/**
 * `fixed_ips=ip_address=X`, `fixed_ips=subnet_id=Y`, `fixed_ips=ip_address_substr=Z`: a port has an address that is one of the
 * X, one in any of the Y, one that contains a Z. Values are such texts, or objects whose members hold a text or several.
 */
function byAddress(values: readonly Json[]): RawBuilder<SqlBool> {
  const wanted = new Map<string, string[]>();
  for (const [key, value] of values.flatMap(membersOf)) wanted.set(key, [...(wanted.get(key) ?? []), value]);
  const conditions = [...wanted].map(([key, among]) => {
    if (key === 'ip_address') return oneOf('ip_allocations.ip_address', among);
    if (key === 'subnet_id') return oneOf('ip_allocations.subnet_id', among);
    if (key !== 'ip_address_substr') return sql<SqlBool>`1 = 0`;
    return either(among.map((part) => sql<SqlBool>`ip_allocations.ip_address like ${`%${part.replaceAll(/[%_!]/g, '!$&')}%`} escape '!'`));
  });
  if (conditions.length === 0) return sql<SqlBool>`1 = 0`;
  return sql<SqlBool>`ports.id in (select ip_allocations.port_id from ip_allocations where ${sql.join(conditions, sql` and `)})`;
}

function membersOf(value: Json): readonly (readonly [string, string])[] {
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, member]) => [member].flat().map((each) => [key, String(each)] as const));
  const [key = '', ...rest] = String(value).split('=');
  return [[key, rest.join('=')]];
}
