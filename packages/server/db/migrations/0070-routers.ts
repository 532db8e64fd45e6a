import { emptyText, id, name, standardAttributes } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

const address = 'varchar(64)';

export const routers: Migration = {
  revision: '0070-routers',
  summary: 'routers with their ports and routes, floating IPs, and the agents that have routers',
  async up(tx) {
    await standardAttributes(tx.schema.createTable('routers'))
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('name', name, (column) => column.notNull())
      .addColumn('admin_state_up', 'smallint', (column) => column.notNull())
      .addColumn('status', 'varchar(16)', (column) => column.notNull())
      .addColumn('enable_snat', 'smallint', (column) => column.notNull())
      .addColumn('availability_zone_hints', 'text', (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('ix_routers_project').on('routers').column('project_id').execute();

    await tx.schema
      .createTable('router_ports')
      .addColumn('port_id', id, (column) => column.primaryKey().references('ports.id').onDelete('cascade'))
      // No cascade: a router with ports is not deleted, however late the port came.
      .addColumn('router_id', id, (column) => column.notNull().references('routers.id'))
      .addColumn('port_type', name, (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('ix_router_ports_router').on('router_ports').columns(['router_id', 'port_type']).execute();

    await tx.schema
      .createTable('router_routes')
      .addColumn('router_id', id, (column) => column.notNull().references('routers.id').onDelete('cascade'))
      .addColumn('destination', address, (column) => column.notNull())
      .addColumn('nexthop', address, (column) => column.notNull())
      .addPrimaryKeyConstraint('pk_router_routes', ['router_id', 'destination', 'nexthop'])
      .execute();

    await standardAttributes(tx.schema.createTable('floatingips'))
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('floating_ip_address', address, (column) => column.notNull())
      .addColumn('floating_network_id', id, (column) => column.notNull())
      // The port that holds the address outside: the two go together.
      .addColumn('floating_port_id', id, (column) => column.notNull().unique().references('ports.id').onDelete('cascade'))
      // No cascade: whoever deletes the port inside lets go of it first, however late the floating IP came.
      .addColumn('fixed_port_id', id, (column) => column.references('ports.id'))
      .addColumn('fixed_ip_address', address)
      .addColumn('router_id', id, (column) => column.references('routers.id'))
      .addColumn('last_known_router_id', id)
      .addColumn('status', 'varchar(16)', (column) => column.notNull())
      .addColumn('dns_name', name, (column) => column.notNull().defaultTo(emptyText()))
      .addColumn('dns_domain', name, (column) => column.notNull().defaultTo(emptyText()))
      .addUniqueConstraint('uq_floatingips_fixed', ['floating_network_id', 'fixed_port_id', 'fixed_ip_address'])
      .execute();
    await tx.schema.createIndex('ix_floatingips_project').on('floatingips').column('project_id').execute();
    await tx.schema.createIndex('ix_floatingips_fixed_port').on('floatingips').column('fixed_port_id').execute();
    await tx.schema.createIndex('ix_floatingips_router').on('floatingips').column('router_id').execute();
    await tx.schema.createIndex('ix_floatingips_last_router').on('floatingips').column('last_known_router_id').execute();

    await tx.schema
      .createTable('router_l3_agent_bindings')
      .addColumn('router_id', id, (column) => column.notNull().references('routers.id').onDelete('cascade'))
      .addColumn('l3_agent_id', id, (column) => column.notNull().references('agents.id').onDelete('cascade'))
      .addColumn('binding_index', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('pk_router_l3_agent_bindings', ['router_id', 'l3_agent_id'])
      // Two schedulers that have the same idea: one of them finds the place taken.
      .addUniqueConstraint('uq_router_l3_agent_bindings_index', ['router_id', 'binding_index'])
      .execute();
    await tx.schema.createIndex('ix_router_l3_agent_bindings_agent').on('router_l3_agent_bindings').column('l3_agent_id').execute();
  },
};
