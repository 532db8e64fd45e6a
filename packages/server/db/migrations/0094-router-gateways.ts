import type { Migration } from './migration.ts';

export const routerGateways: Migration = {
  revision: '0094-router-gateways',
  summary: 'the order of the gateways of a router, and whether it spreads what goes outside over all of them',
  async up(tx) {
    await tx.schema.alterTable('router_ports').addColumn('position', 'integer', (column) => column.notNull().defaultTo(0)).execute();
    await tx.schema.alterTable('routers').addColumn('enable_default_route_ecmp', 'smallint', (column) => column.notNull().defaultTo(0)).execute();
  },
};
