import { ExternalIpAddressExhausted } from '@neutrino/lib/exceptions/router';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { FipInUseByPortForwarding } from '@neutrino/lib/exceptions/port-forwarding';
import type { JsonObject } from '@neutrino/lib/json';
import { isIp } from '@neutrino/lib/net/ip';
import type { ResourceHandler, WriteOptions } from '../../api/resource-handler.ts';
import { adminContext, type RequestContext } from '../../context.ts';
import { databaseTime } from '../../db/database-time.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import { transact } from '../../db/transact.ts';
import type { Tx } from '../../db/types.ts';
import { deleteTags } from '../../plugins/ml2/delete-tags.ts';
import { optionalText, textOf } from '../../plugins/ml2/request-values.ts';
import { checkRevision, newStandardAttributes } from '../../plugins/ml2/standard-attributes.ts';
import { badFloatingIp, checkAssociation, dissociated, wantedAssociation, type Association } from './association.ts';
import { routedSubnets } from './attached-subnets.ts';
import { isForwarding } from '../port-forwarding/forwarding-rows.ts';
import { floatingIpViews, floatingIpViewsById, mayForward, visibleFloatingIp, visibleFloatingIps } from './floatingip-rows.ts';
import { floatingIpOwner, type L3 } from './l3.ts';
import { OutOfDate, untilCurrent } from './until-current.ts';

const source: ListSource = {
  table: 'floatingips',
  tagCollection: 'floatingips',
  columns: {
    ...columnsNamed('id', 'floating_ip_address', 'floating_network_id', 'project_id', 'status', 'description', 'created_at', 'updated_at', 'revision_number'),
    tenant_id: 'project_id',
    router_id: { column: 'router_id', nullable: true },
    port_id: { column: 'fixed_port_id', nullable: true },
    fixed_ip_address: { column: 'fixed_ip_address', nullable: true },
  },
};

/** Floating IPs: addresses of a network outside, each held by a port there, that lead to ports inside. */
export function createFloatingIpHandler(l3: L3): ResourceHandler {
  const { db, core, callbacks } = l3;
  const view = async (context: RequestContext, id: string): Promise<JsonObject> => {
    const [shown = {}] = await floatingIpViews(db, [await visibleFloatingIp(db, context, id)]);
    return shown;
  };
  return {
    list: async (context, query) => floatingIpViews(db, await listRows(visibleFloatingIps(db, context), query, source)),

    get: view,

    async create(context, bodies, options) {
      const created = await floatingIpViewsById(db, await untilCurrent(() => createFloatingIps(l3, context, bodies, options)));
      for (const current of created) await callbacks.publish({ resource: 'floatingip', operation: 'create', context, id: String(current['id']), current });
      return created;
    },

    async update(context, id, changes, options) {
      const original = await view(context, id);
      await untilCurrent(() => updateFloatingIp(l3, context, id, changes, options));
      const current = await view(context, id);
      await callbacks.publish({ resource: 'floatingip', operation: 'update', context, id, current, original });
      return current;
    },

    async delete(context, id, options) {
      const row = await visibleFloatingIp(db, context, id);
      checkRevision(row, options?.revisionNumber);
      const [current = {}] = await floatingIpViews(db, [row]);
      // It goes with the port that holds its address.
      await core.ports.delete?.(adminContext(context.requestId), row.floating_port_id, {
        alongside: async (transaction) => {
          const tx = transaction as Tx;
          if (options?.revisionNumber !== undefined) checkRevision((await tx.selectFrom('floatingips').select('revision_number').where('id', '=', id).forUpdate().executeTakeFirst()) ?? row, options.revisionNumber);
          if (await isForwarding(tx, id)) throw new NeutronError(FipInUseByPortForwarding, { id });
          await deleteTags(tx, [id]);
        },
      });
      await callbacks.publish({ resource: 'floatingip', operation: 'delete', context, id, current });
    },
  };
}

/** All or none, each in the transaction that makes its port outside. Returns the ids in the order of the bodies. */
async function createFloatingIps(l3: L3, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly string[]> {
  const drafts: { readonly id: string; readonly body: JsonObject; readonly association: Association }[] = [];
  const ports: JsonObject[] = [];
  for (const body of bodies) {
    const id = crypto.randomUUID();
    const networkId = textOf(body, 'floating_network_id', '');
    await requireOutside(l3, context, networkId);
    const projectId = textOf(body, 'project_id', context.projectId ?? '');
    drafts.push({ id, body, association: await wantedAssociation(l3, context, { project_id: projectId, floating_network_id: networkId }, body) });
    ports.push(portOf(id, body));
  }
  await l3.core.ports.create?.(adminContext(context.requestId), ports, {
    alongside: async (transaction, portIds) => {
      const tx = transaction as Tx;
      for (const [index, { id, body, association }] of drafts.entries()) await insertFloatingIp(tx, context, { id, portId: portIds[index] ?? '', body, association });
      await options?.beforeCommit?.(tx);
    },
  });
  return drafts.map(({ id }) => id);
}

async function requireOutside({ db, core }: L3, context: RequestContext, networkId: string): Promise<void> {
  const network = await core.networks.get(context, networkId);
  if (network['router:external'] !== true) throw badFloatingIp(`Network ${networkId} is not a valid external network`);
  const subnets = await routedSubnets(db, 'network_id', [networkId]);
  if (!subnets.some(({ cidr }) => cidr.version === 4)) throw badFloatingIp(`Network ${networkId} does not contain any IPv4 subnet`);
}

/** The port that holds the address outside: it belongs to no project, as nobody is to see it. */
function portOf(floatingIpId: string, body: JsonObject): JsonObject {
  const subnetId = optionalText(body, 'subnet_id');
  const address = optionalText(body, 'floating_ip_address');
  const fixedIp = { ...(subnetId !== undefined && { subnet_id: subnetId }), ...(address !== undefined && { ip_address: address }) };
  return {
    name: '', project_id: '', network_id: textOf(body, 'floating_network_id', ''), admin_state_up: true, device_id: floatingIpId, device_owner: floatingIpOwner,
    ...(Object.keys(fixedIp).length > 0 && { fixed_ips: [fixedIp] }),
  };
}

interface Draft {
  readonly id: string;
  readonly portId: string;
  readonly body: JsonObject;
  readonly association: Association;
}

async function insertFloatingIp(tx: Tx, context: RequestContext, { id, portId, body, association }: Draft): Promise<void> {
  const networkId = textOf(body, 'floating_network_id', '');
  const addresses = await tx.selectFrom('ip_allocations').select('ip_address').where('port_id', '=', portId).orderBy('position').execute();
  const address = addresses.map(({ ip_address }) => ip_address).find((each) => isIp(each, 4));
  if (address === undefined) throw new NeutronError(ExternalIpAddressExhausted, { net_id: networkId });
  await checkAssociation(tx, { id, project_id: '', floating_network_id: networkId, floating_ip_address: address }, association);
  await tx
    .insertInto('floatingips')
    .values({
      id,
      project_id: textOf(body, 'project_id', context.projectId ?? ''),
      floating_ip_address: address,
      floating_network_id: networkId,
      floating_port_id: portId,
      ...association,
      last_known_router_id: null,
      status: 'DOWN',
      // Names are for a DNS service outside, and there is none.
      ...newStandardAttributes(body),
    })
    .execute();
}

/** `port_id` leads it elsewhere, null nowhere; without it, it goes on leading where it does, unless the request says nothing at all. */
async function updateFloatingIp(l3: L3, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<void> {
  const row = await visibleFloatingIp(l3.db, context, id);
  checkRevision(row, options?.revisionNumber);
  const isReassociated = 'port_id' in changes || 'fixed_ip_address' in changes;
  const isEmpty = Object.keys(changes).length === 0;
  const wanted = isReassociated ? await wantedAssociation(l3, context, row, { port_id: row.fixed_port_id, ...changes }) : isEmpty ? dissociated : undefined;
  await transact(l3.db, async (tx) => {
    const association = wanted !== undefined && mayForward(row) && (await isForwarding(tx, id)) ? stillForwarding(id, wanted) : wanted;
    if (association !== undefined) await checkAssociation(tx, row, association);
    const { numUpdatedRows } = await tx
      .updateTable('floatingips')
      .set({
        ...(association !== undefined && { ...association, last_known_router_id: row.router_id }),
        ...(optionalText(changes, 'description') !== undefined && { description: textOf(changes, 'description', '') }),
        revision_number: row.revision_number + 1,
        updated_at: databaseTime(),
      })
      .where('id', '=', id)
      .where('revision_number', '=', row.revision_number)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new OutOfDate();
  });
}

/** What leads to no port at all goes on leading to several; to one altogether it may not. */
function stillForwarding(id: string, wanted: Association): undefined {
  if (wanted.fixed_port_id !== null) throw new NeutronError(FipInUseByPortForwarding, { id });
}
