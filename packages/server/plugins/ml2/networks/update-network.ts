import type { JsonObject } from '@neutrino/lib/json';
import type { Updateable } from 'kysely';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import type { NetworksTable } from '../../../db/schema.ts';
import { networkChanges } from '../../../change-log/network-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { checkExtensions, processUpdate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { publishUpdated } from '../publish.ts';
import { checkRevision, touch } from '../standard-attributes.ts';
import { checkMtu } from './check-mtu.ts';
import { defaultColumns } from './default-network.ts';
import { setGrant } from './network-grants.ts';
import { changeSegmentationId, networkMtu } from './network-segments.ts';
import { segmentsOf } from './network-view.ts';
import { networkView, visibleNetwork } from './read-network.ts';

export async function updateNetwork(ml2: Ml2, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<JsonObject> {
  const change = await transact(ml2.db, async (tx) => {
    const row = await visibleNetwork(tx, context, id, { lock: true });
    checkRevision(row, options?.revisionNumber);
    const original = await networkView(ml2, tx, id, context);
    await touch(tx, 'networks', [id]);
    checkExtensions(ml2, 'networks', changes, original);
    const columns = { ...(await changedColumns(ml2, tx, id, changes)), ...(await defaultColumns(tx, id, changes, original)), ...columnsOfBody(ml2, 'networks', changes) };
    if (Object.keys(columns).length > 0) await tx.updateTable('networks').set(columns).where('id', '=', id).execute();
    await changeSegmentationId(ml2, tx, id, changes);
    if (typeof changes['shared'] === 'boolean') await setGrant(tx, row, 'access_as_shared', changes['shared']);
    if (typeof changes['router:external'] === 'boolean') await setGrant(tx, row, 'access_as_external', changes['router:external']);
    await processUpdate(ml2, tx, 'networks', changes, id);
    const current = await networkView(ml2, tx, id, context);
    await recordChanges(tx, networkChanges(original, current));
    return { original, current };
  });
  await publishUpdated(ml2, context, 'network', change);
  return change.current;
}

async function changedColumns(ml2: Ml2, tx: Tx, id: string, changes: JsonObject): Promise<Updateable<NetworksTable>> {
  const columns: Updateable<NetworksTable> = {};
  if (typeof changes['name'] === 'string') columns.name = changes['name'];
  if (typeof changes['description'] === 'string') columns.description = changes['description'];
  if (typeof changes['admin_state_up'] === 'boolean') columns.admin_state_up = changes['admin_state_up'] ? 1 : 0;
  if (typeof changes['mtu'] === 'number') {
    const segments = await segmentsOf(tx, [id]);
    columns.mtu = networkMtu(ml2, segments.get(id) ?? [], changes['mtu']);
    const subnets = await tx.selectFrom('subnets').select('ip_version').where('network_id', '=', id).distinct().execute();
    for (const { ip_version } of subnets) checkMtu(id, columns.mtu, ip_version);
  }
  return columns;
}
