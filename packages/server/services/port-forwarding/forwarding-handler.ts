import type { Json, JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import { databaseTime } from '../../db/database-time.ts';
import { columnsNamed, either, listRows, oneOf, type ListSource } from '../../db/list-query.ts';
import { transact } from '../../db/transact.ts';
import { optionalText, textOf } from '../../plugins/ml2/request-values.ts';
import { newStandardAttributes, touch } from '../../plugins/ml2/standard-attributes.ts';
import { visibleFloatingIp } from '../l3/floatingip-rows.ts';
import type { L3 } from '../l3/l3.ts';
import { lockRouter } from '../l3/router-rows.ts';
import { OutOfDate, untilCurrent } from '../l3/until-current.ts';
import { checkFree, checkNotTheSame, requireNoFloatingIp, requireNotAssociated } from './check-forwarding.ts';
import { publishForwarding } from './forwarding-events.ts';
import { forwardingRow, forwardingView, rangeOf, type ForwardingRow } from './forwarding-rows.ts';
import { forwardingTarget, isReached, requireAddress, type ForwardingTarget } from './forwarding-target.ts';
import { badForwarding, checkRelation, parseRange, rangeIn, type PortRange } from './port-range.ts';
import { lockFloatingIp, removeForwardings, takeFloatingIp } from './write-forwarding.ts';
import { sql, type RawBuilder, type SqlBool } from 'kysely';

const source: ListSource = {
  table: 'port_forwardings',
  columns: { ...columnsNamed('id', 'protocol', 'internal_port_id', 'description'), external_port: 'external_port_start', external_port_range: 'external_port_start' },
  filters: { external_port: ofExternalPorts, external_port_range: ofExternalPorts },
};

/** The forwardings of one floating IP. */
export function forwardingsOfFloatingIp(l3: L3, floatingIpId: string): ResourceHandler {
  const { db, callbacks } = l3;
  return {
    async list(context, query) {
      await visibleFloatingIp(db, context, floatingIpId);
      const rows = db.selectFrom('port_forwardings').selectAll('port_forwardings').where('floatingip_id', '=', floatingIpId);
      return (await listRows(rows, query, source)).map(forwardingView);
    },

    async get(context, id) {
      await visibleFloatingIp(db, context, floatingIpId);
      return forwardingView(await forwardingRow(db, floatingIpId, id));
    },

    async create(context, bodies) {
      const rows = await untilCurrent(() => createForwardings(l3, context, floatingIpId, bodies));
      const floating = await visibleFloatingIp(db, context, floatingIpId);
      for (const row of rows) await publishForwarding(callbacks, context, 'create', row, floating);
      return rows.map(forwardingView);
    },

    async update(context, id, changes) {
      const row = await untilCurrent(() => updateForwarding(l3, context, { floatingIpId, id }, changes));
      await publishForwarding(callbacks, context, 'update', row, await visibleFloatingIp(db, context, floatingIpId));
      return forwardingView(row);
    },

    async delete(context, id) {
      const floating = await visibleFloatingIp(db, context, floatingIpId);
      const row = await transact(db, async (tx) => {
        await lockFloatingIp(tx, floatingIpId);
        const present = await forwardingRow(tx, floatingIpId, id);
        await removeForwardings(tx, floating, [present]);
        await touch(tx, 'ports', [present.internal_port_id]);
        return present;
      });
      await publishForwarding(callbacks, context, 'delete', row, floating);
    },
  };
}

/** All or none, in order. */
async function createForwardings(l3: L3, context: RequestContext, floatingIpId: string, bodies: readonly JsonObject[]): Promise<readonly ForwardingRow[]> {
  const floating = await visibleFloatingIp(l3.db, context, floatingIpId);
  const rows = bodies.map((body) => newForwarding(floatingIpId, body));
  const targets: ForwardingTarget[] = [];
  for (const row of rows) {
    await checkFree(l3.db, row);
    await requireNoFloatingIp(l3.db, row.internal_port_id, row.internal_ip_address);
    requireNotAssociated(floating, row);
    targets.push(await forwardingTarget(l3, context, { ...floating, router_id: floating.router_id ?? targets[0]?.routerId ?? null }, row.internal_port_id, row.internal_ip_address));
  }
  const [routerId = ''] = targets.map((target) => target.routerId);
  await transact(l3.db, async (tx) => {
    await lockRouter(tx, routerId);
    await takeFloatingIp(tx, floatingIpId, routerId);
    await touch(tx, 'ports', [...new Set(targets.map(({ portId }) => portId))]);
    for (const [index, row] of rows.entries()) {
      const target = targets[index];
      if (target === undefined || !(await isReached(tx, target, floating))) throw new OutOfDate();
      await requireNoFloatingIp(tx, row.internal_port_id, row.internal_ip_address);
      await checkFree(tx, row);
      await tx.insertInto('port_forwardings').values(row).execute();
    }
  }, async (reader) => (await reader.selectFrom('port_forwardings').select('id').where('id', '=', rows[0]?.id ?? '').executeTakeFirst()) !== undefined);
  return rows;
}

function newForwarding(floatingIpId: string, body: JsonObject): ForwardingRow {
  const [external, internal] = [rangeIn(body, 'external'), rangeIn(body, 'internal')];
  if (external === undefined) throw badForwarding('external_port or external_port_range is needed');
  if (internal === undefined) throw badForwarding('internal_port or internal_port_range is needed');
  checkRelation(external, internal);
  return {
    id: crypto.randomUUID(),
    floatingip_id: floatingIpId,
    internal_port_id: textOf(body, 'internal_port_id', ''),
    protocol: textOf(body, 'protocol', ''),
    internal_ip_address: textOf(body, 'internal_ip_address', ''),
    ...columnsOf(external, internal),
    ...newStandardAttributes(body),
  };
}

async function updateForwarding(l3: L3, context: RequestContext, { floatingIpId, id }: { readonly floatingIpId: string; readonly id: string }, changes: JsonObject): Promise<ForwardingRow> {
  const floating = await visibleFloatingIp(l3.db, context, floatingIpId);
  const present = await forwardingRow(l3.db, floatingIpId, id);
  const portId = optionalText(changes, 'internal_port_id') ?? present.internal_port_id;
  const address = optionalText(changes, 'internal_ip_address');
  if (changes['internal_port_id'] !== undefined) await requireNoFloatingIp(l3.db, portId, address ?? present.internal_ip_address);
  const isMoved = portId !== present.internal_port_id;
  if (!isMoved) requireAddress(await l3.core.ports.get(context, portId), address ?? present.internal_ip_address);
  const isElsewhere = isMoved || (address !== undefined && address !== present.internal_ip_address);
  const target = isElsewhere ? await forwardingTarget(l3, context, floating, portId, address) : undefined;
  const [external, internal] = [rangeIn(changes, 'external') ?? rangeOf(present, 'external'), rangeIn(changes, 'internal') ?? rangeOf(present, 'internal')];
  checkRelation(external, internal);
  const row: ForwardingRow = {
    ...present,
    internal_port_id: portId,
    internal_ip_address: target?.address ?? present.internal_ip_address,
    protocol: textOf(changes, 'protocol', present.protocol),
    description: textOf(changes, 'description', present.description),
    ...columnsOf(external, internal),
    revision_number: present.revision_number + 1,
    updated_at: databaseTime(),
  };
  await transact(l3.db, async (tx) => {
    const routerId = target?.routerId ?? floating.router_id ?? '';
    await lockRouter(tx, routerId);
    await takeFloatingIp(tx, floatingIpId, routerId);
    await touch(tx, 'ports', [...new Set([portId, present.internal_port_id])]);
    if (target !== undefined && !(await isReached(tx, target, floating))) throw new OutOfDate();
    await checkNotTheSame(tx, row, floating.floating_ip_address);
    await checkFree(tx, row);
    const { id: _id, ...columns } = row;
    const { numUpdatedRows } = await tx.updateTable('port_forwardings').set(columns).where('id', '=', id).where('revision_number', '=', present.revision_number).executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new OutOfDate();
  });
  return row;
}

function columnsOf(external: PortRange, internal: PortRange): Pick<ForwardingRow, 'internal_port_start' | 'internal_port_end' | 'external_port_start' | 'external_port_end'> {
  return { internal_port_start: internal.first, internal_port_end: internal.last, external_port_start: external.first, external_port_end: external.last };
}

/** Exactly these, each a port or a range. */
function ofExternalPorts(values: readonly Json[]): RawBuilder<SqlBool> {
  const ranges = values.map((value) => parseRange(String(value))).filter(({ first, last }) => Number.isSafeInteger(first) && Number.isSafeInteger(last));
  return either(ranges.map(({ first, last }) => sql<SqlBool>`(${oneOf('port_forwardings.external_port_start', [first])} and ${oneOf('port_forwardings.external_port_end', [last])})`));
}
