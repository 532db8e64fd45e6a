import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortBound, PortInUse } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import { canonicalMac } from '@neutrino/lib/net/mac';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact, untilWon } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { loadIpamSubnets } from '../../../ipam/ipam-subnet.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { checkExtensions, processUpdate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { publishUpdated } from '../publish.ts';
import { checkRevision, touch } from '../standard-attributes.ts';
import { optionalText } from '../request-values.ts';
import { storeAddressPairs } from './allowed-address-pairs.ts';
import { awaitDhcp } from './await-dhcp.ts';
import { changedColumns } from './changed-columns.ts';
import { changeAddresses } from './change-addresses.ts';
import { deviceMac, detaches, takesDeviceMac } from './direct-physical-mac.ts';
import { storeDhcpOptions } from './extra-dhcp-opts.ts';
import { checkedMac, drawMac } from './mac-address.ts';
import { activeBinding, isBound, type BindingRow } from './port-binding.ts';
import { checkPortSecurity, storeChangedGroups } from './port-security.ts';
import { addressesOf, type PortRow } from './port-view.ts';
import { portView, renewReady, visiblePort } from './read-port.ts';
import type { ReadyPort } from './ready-port.ts';
import { applyBinding, prepareBinding, untilInputsHold, type PreparedBinding } from './update-binding.ts';
import { updateInPlace, type UpdatedPort } from './update-in-place.ts';

/** A change of host, vnic type or profile unbinds the port and binds it anew within the same transaction. */
export async function updatePort(ml2: Ml2, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<ReadyPort> {
  const inPlace = options?.alongside === undefined ? await untilWon(() => updateInPlace(ml2, context, id, changes, options)) : undefined;
  const change = inPlace ?? (await updateInParts(ml2, context, id, changes, options));
  await publishUpdated(ml2, context, 'port', { original: change.original, current: change.current.object });
  return change.current;
}

async function updateInParts(ml2: Ml2, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<UpdatedPort> {
  return untilInputsHold(async () => {
    const prepared = await prepareBinding(ml2, id, changes);
    return transact(ml2.db, (tx) => changePort(ml2, tx, { context, id, changes, prepared, options }));
  });
}

interface PortChange {
  readonly context: RequestContext;
  readonly id: string;
  readonly changes: JsonObject;
  readonly prepared: PreparedBinding;
  readonly options: WriteOptions | undefined;
}

/** As part of a transaction; `prepared` comes from before it. */
export async function changePort(ml2: Ml2, tx: Tx, { context, id, changes, prepared, options }: PortChange): Promise<UpdatedPort> {
  const row = await visiblePort(tx, context, id, { lock: true });
  checkRevision(row, options?.revisionNumber);
  await options?.alongside?.(tx, [id]);
  const binding = await activeBinding(tx, id);
  const original = await portView(ml2, tx, id);
  await touch(tx, 'ports', [id]);

  const macAddress = await changedMac(ml2, tx, { row, binding, prepared }, changes);
  checkVnicType(row, binding, changes);
  checkExtensions(ml2, 'ports', changes, original);
  const columns = { ...changedColumns(changes), ...columnsOfBody(ml2, 'ports', changes), ...(macAddress === row.mac_address ? {} : { mac_address: macAddress }) };
  if (Object.keys(columns).length > 0) await tx.updateTable('ports').set(columns).where('id', '=', id).execute();
  const deviceOwner = columns.device_owner ?? row.device_owner;

  const subnets = (await loadIpamSubnets(tx, [row.network_id])).get(row.network_id) ?? [];
  const readdressed = await changeAddresses(tx, { before: row, macAddress, deviceOwner }, changes, subnets);
  await processUpdate(ml2, tx, 'ports', changes, id);
  await storeAddressPairs(ml2, tx, { id, macAddress }, changes);
  await storeDhcpOptions(tx, id, changes);
  await storeChangedGroups(ml2, tx, context, { id, projectId: row.project_id, deviceOwner }, changes);
  await checkPortSecurity(tx, id, changes);

  await applyBinding(ml2, tx, id, changes, prepared);
  if (readdressed || macAddress !== row.mac_address) {
    const addresses = (await addressesOf(tx, [id])).get(id) ?? [];
    await awaitDhcp(ml2, tx, { id, deviceOwner, addresses, hasDhcpAgent: prepared.hasDhcpAgent }, subnets);
  }
  const current = await renewReady(ml2, tx, id);
  await recordChanges(tx, portChanges([{ original, current: current.object }]));
  return { original, current };
}

interface MacChange {
  readonly row: PortRow;
  readonly binding: BindingRow | undefined;
  readonly prepared: PreparedBinding;
}

/** The MAC address after the update. That of a bound port is wired into a host and stays; null asks for another one. */
async function changedMac(ml2: Ml2, tx: Tx, { row, binding, prepared }: MacChange, changes: JsonObject): Promise<string> {
  const { proposal } = prepared;
  if (proposal !== undefined && takesDeviceMac(proposal.inputs)) return deviceMac(ml2, tx, { networkId: row.network_id, macAddress: row.mac_address }, proposal.inputs);
  if (binding !== undefined && takesDeviceMac({ vnicType: binding.vnic_type }) && detaches(changes, row.device_id)) return drawMac(ml2);
  const asked = changes['mac_address'] === null ? drawMac(ml2) : optionalText(changes, 'mac_address');
  if (asked === undefined || (canonicalMac(asked) ?? asked) === row.mac_address) return row.mac_address;
  if (binding !== undefined && isBound(binding)) {
    throw new NeutronError(PortBound, { port_id: row.id, vif_type: binding.vif_type, old_mac: row.mac_address, new_mac: asked });
  }
  return checkedMac(tx, row.network_id, asked);
}

function checkVnicType(row: PortRow, binding: BindingRow | undefined, changes: JsonObject): void {
  const asked = optionalText(changes, 'binding:vnic_type');
  if (asked === undefined || binding === undefined || asked === binding.vnic_type || !isBound(binding)) return;
  throw new NeutronError(PortInUse, { port_id: row.id, net_id: row.network_id, device_id: row.device_id });
}
