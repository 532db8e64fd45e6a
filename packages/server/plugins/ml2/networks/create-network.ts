import type { JsonObject } from '@neutrino/lib/json';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { rowsExist } from '../../../db/rows-exist.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { checkExtensions, processCreate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { publishCreated } from '../publish.ts';
import { booleanOf, optionalNumber, textOf } from '../request-values.ts';
import { newStandardAttributes } from '../standard-attributes.ts';
import { availabilityZoneHints, checkZonesExist } from './availability-zone-hints.ts';
import { defaultColumns } from './default-network.ts';
import { setGrant } from './network-grants.ts';
import { allocateSegments, insertSegments, networkMtu } from './network-segments.ts';
import { networkViewsById } from './read-network.ts';

/** Creates all or none. Throws NoNetworkAvailable, VlanIdInUse, TunnelIdInUse, FlatNetworkInUse, AvailabilityZoneNotFound, InvalidInput. */
export async function createNetworks(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly JsonObject[]> {
  for (const body of bodies) checkExtensions(ml2, 'networks', body);
  await checkZonesExist(ml2.agents, 'DHCP agent', bodies);
  const created = await transact(ml2.db, async (tx) => {
    const ids: string[] = [];
    for (const body of bodies) ids.push(await insertNetwork(ml2, tx, context, body));
    const views = await networkViewsById(ml2, tx, ids, context);
    await options?.alongside?.(tx, ids);
    await options?.beforeCommit?.(tx);
    return views;
  }, rowsExist('networks'));
  await publishCreated(ml2, context, 'network', created);
  return created;
}

async function insertNetwork(ml2: Ml2, tx: Tx, context: RequestContext, body: JsonObject): Promise<string> {
  const id = crypto.randomUUID();
  const project_id = textOf(body, 'project_id', context.projectId ?? '');
  const segments = await allocateSegments(ml2, tx, body);
  await tx
    .insertInto('networks')
    .values({
      id,
      project_id,
      name: textOf(body, 'name', ''),
      admin_state_up: booleanOf(body, 'admin_state_up', true) ? 1 : 0,
      status: 'ACTIVE',
      mtu: networkMtu(ml2, segments, optionalNumber(body, 'mtu')),
      port_security_enabled: 1,
      availability_zone_hints: JSON.stringify(availabilityZoneHints(body)),
      is_default: 0,
      ...(await defaultColumns(tx, id, body)),
      ...newStandardAttributes(body),
      ...columnsOfBody(ml2, 'networks', body),
    })
    .execute();
  await insertSegments(ml2, tx, id, segments);
  if (booleanOf(body, 'shared', false)) await setGrant(tx, { id, project_id, name: textOf(body, 'name', '') }, 'access_as_shared', true);
  if (booleanOf(body, 'router:external', false)) await setGrant(tx, { id, project_id, name: textOf(body, 'name', '') }, 'access_as_external', true);
  await processCreate(ml2, tx, 'networks', body, id);
  return id;
}
