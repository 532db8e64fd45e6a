import { show } from '@neutrino/lib/api/converters';
import { ConntrackHelperNotAllowed, ConntrackHelperNotFound, InvalidProtocolForHelper } from '@neutrino/lib/exceptions/conntrack-helper';
import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { SelectQueryBuilder } from 'kysely';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import type { CallbackRegistry } from '../../callbacks/registry.ts';
import type { RequestContext } from '../../context.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import type { Database } from '../../db/schema.ts';
import { transact } from '../../db/transact.ts';
import type { Db, DbOrTx } from '../../db/types.ts';
import { optionalNumber, textOf } from '../../plugins/ml2/request-values.ts';
import { lockRouter, visibleRouter } from '../l3/router-rows.ts';
import type { HelperRow } from './helper-rows.ts';

export interface ConntrackHelpers {
  readonly db: Db;
  readonly callbacks: CallbackRegistry;
  /** Helper → the protocols with which it may be asked for. */
  readonly allowed: ReadonlyMap<string, readonly string[]>;
}

const source: ListSource = { table: 'conntrack_helpers', columns: columnsNamed('id', 'protocol', 'port', 'helper') };

/** The connection tracking helpers of one router. */
export function helpersOfRouter({ db, callbacks, allowed }: ConntrackHelpers, routerId: string): ResourceHandler {
  const publish = (context: RequestContext, operation: 'create' | 'update' | 'delete', row: HelperRow): Promise<void> =>
    callbacks.publish({ resource: 'conntrack_helper', operation, context, id: row.id, current: { ...row } });
  const visible = async (context: RequestContext, id: string): Promise<HelperRow> => {
    const row = await visibleHelpers(db, context, routerId).where('conntrack_helpers.id', '=', id).executeTakeFirst();
    if (row === undefined) throw new NeutronError(ConntrackHelperNotFound, { id });
    return row;
  };
  return {
    list: async (context, query) => (await listRows(visibleHelpers(db, context, routerId), query, source)).map(view),

    get: async (context, id) => view(await visible(context, id)),

    async create(context, bodies) {
      const rows = bodies.map((body): HelperRow => ({
        id: crypto.randomUUID(), router_id: routerId, protocol: textOf(body, 'protocol', ''), port: optionalNumber(body, 'port') ?? 0, helper: textOf(body, 'helper', ''),
      }));
      for (const row of rows) requireAllowed(allowed, row);
      await visibleRouter(db, context, routerId);
      await transact(db, async (tx) => {
        await lockRouter(tx, routerId);
        for (const row of rows) {
          await requireUnique(tx, row);
          await tx.insertInto('conntrack_helpers').values(row).execute();
        }
      }, async (reader) => (await reader.selectFrom('conntrack_helpers').select('id').where('id', '=', rows[0]?.id ?? '').executeTakeFirst()) !== undefined);
      for (const row of rows) await publish(context, 'create', row);
      return rows.map(view);
    },

    async update(context, id, changes) {
      await visible(context, id);
      const updated = await transact(db, async (tx) => {
        await lockRouter(tx, routerId);
        const present = await tx.selectFrom('conntrack_helpers').selectAll().where('id', '=', id).executeTakeFirst();
        if (present === undefined) throw new NeutronError(ConntrackHelperNotFound, { id });
        const row = { ...present, protocol: textOf(changes, 'protocol', present.protocol), port: optionalNumber(changes, 'port') ?? present.port, helper: textOf(changes, 'helper', present.helper) };
        requireAllowed(allowed, row);
        await requireUnique(tx, row);
        await tx.updateTable('conntrack_helpers').set({ protocol: row.protocol, port: row.port, helper: row.helper }).where('id', '=', id).execute();
        return row;
      });
      await publish(context, 'update', updated);
      return view(updated);
    },

    async delete(context, id) {
      const row = await visible(context, id);
      await transact(db, async (tx) => {
        await lockRouter(tx, routerId);
        const { numDeletedRows } = await tx.deleteFrom('conntrack_helpers').where('id', '=', id).executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) throw new NeutronError(ConntrackHelperNotFound, { id });
      });
      await publish(context, 'delete', row);
    },
  };
}

/** Those of the router, where the context may see it. */
function visibleHelpers(db: DbOrTx, context: RequestContext, routerId: string): SelectQueryBuilder<Database, 'conntrack_helpers', HelperRow> {
  const rows = db.selectFrom('conntrack_helpers').selectAll('conntrack_helpers').where('conntrack_helpers.router_id', '=', routerId);
  return context.isAdmin ? rows : rows.where('conntrack_helpers.router_id', 'in', (eb) => eb.selectFrom('routers').select('routers.id').where('routers.project_id', '=', context.projectId ?? ''));
}

function view({ id, protocol, port, helper }: HelperRow) {
  return { id, protocol, port, helper };
}

function requireAllowed(allowed: ConntrackHelpers['allowed'], { helper, protocol }: HelperRow): void {
  const protocols = allowed.get(helper);
  if (protocols === undefined) throw new NeutronError(ConntrackHelperNotAllowed, { helper });
  if (!protocols.includes(protocol)) throw new NeutronError(InvalidProtocolForHelper, { helper, protocol, supported_protocols: protocols.join(', ') });
}

async function requireUnique(db: DbOrTx, { id, router_id, protocol, port, helper }: HelperRow): Promise<void> {
  const other = await db.selectFrom('conntrack_helpers').select('id').where('router_id', '=', router_id).where('protocol', '=', protocol).where('port', '=', port).where('helper', '=', helper).where('id', '!=', id).executeTakeFirst();
  if (other === undefined) return;
  const conflict = show({ router_id, protocol, port, helper });
  throw new NeutronError(BadRequest, { resource: 'conntrack_helper', msg: `A duplicate conntrack helper entry with same attributes already exists, conflicting values are ${conflict}` });
}
