import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { ResourceEvent } from '../../callbacks/registry.ts';
import { anyChanged } from '../../change-log/changed-attributes.ts';

/** One event as Nova's API takes it: https://docs.openstack.org/api-ref/compute/#create-external-events-os-server-external-events */
export interface NovaEvent {
  readonly name: 'network-vif-plugged' | 'network-vif-unplugged' | 'network-vif-deleted' | 'network-changed';
  readonly server_uuid: string;
  /** The port. */
  readonly tag: string;
  readonly status?: 'completed' | 'failed';
}

/** Whose changes Nova is told of. */
export interface InstancePort {
  readonly id: string;
  readonly device_id: string;
}

/** What says of a port whose it is, as the API or the database has it. */
export interface InstanceAttributes {
  readonly id?: Json;
  readonly device_id?: Json;
  readonly device_owner?: Json;
}

/** What of an event Nova is to be told. */
export interface NovaInterest {
  /** `[DEFAULT] notify_nova_on_port_status_changes` */
  readonly statusChanges: boolean;
  /** `[DEFAULT] notify_nova_on_port_data_changes` */
  readonly dataChanges: boolean;
}

/** What every write changes, and what Nova is told of by events of its own. */
const toldOtherwise: ReadonlySet<string> = new Set(['status', 'revision_number', 'updated_at']);

/** The events that follow from a change, in their order. */
export function eventsOfChange(event: ResourceEvent, interest: NovaInterest): readonly NovaEvent[] {
  if (event.resource === 'port') return eventsOfPort(event, interest);
  return event.resource === 'floatingip' && interest.dataChanges ? eventsOfFloatingIp(event) : [];
}

function eventsOfPort({ operation, current, original, reportedBy }: ResourceEvent, interest: NovaInterest): readonly NovaEvent[] {
  const port = instancePort(current);
  if (port === undefined) return [];
  if (operation === 'delete') return interest.dataChanges ? [{ ...about(port), name: 'network-vif-deleted' }] : [];
  if (operation === 'create' || original === undefined) return [];
  const isOfInterest = interest.statusChanges && !(reportedBy === 'DHCP' && isMigrating(current));
  const status = isOfInterest ? statusEvent(port, original['status'], current['status']) : undefined;
  const data = interest.dataChanges && isChanged(original, current) ? networkChanged(port) : undefined;
  return [status, data].filter((event) => event !== undefined);
}

/** An instance that a floating IP leaves is to know of it as well as the one that it comes to. */
function eventsOfFloatingIp({ current, original }: ResourceEvent): readonly NovaEvent[] {
  const before = portLedTo(original);
  const after = portLedTo(current);
  return [...(before !== undefined && before.id !== after?.id ? [before] : []), ...(after === undefined ? [] : [after])].map(networkChanged);
}

function portLedTo(floatingIp: JsonObject | undefined): InstancePort | undefined {
  const { port_id: id, port_details: details } = floatingIp ?? {};
  return id !== undefined && isJsonObject(details) ? instancePort({ ...details, id }) : undefined;
}

/** The port as that of an instance; undefined where it is none of Nova's. */
export function instancePort({ id, device_id: deviceId, device_owner: owner }: InstanceAttributes): InstancePort | undefined {
  if (typeof deviceId !== 'string' || typeof owner !== 'string' || !owner.startsWith('compute:') || !isUuidLike(deviceId)) return undefined;
  return { id: String(id), device_id: deviceId };
}

/** The instance's network has changed, in its ports or in what leads to them: Nova asks anew. */
function networkChanged(port: InstancePort): NovaEvent {
  return { ...about(port), name: 'network-changed' };
}

export function vifPlugged(port: InstancePort): NovaEvent {
  return { ...about(port), name: 'network-vif-plugged', status: 'completed' };
}

function about({ id, device_id }: InstancePort): Pick<NovaEvent, 'server_uuid' | 'tag'> {
  return { server_uuid: device_id, tag: id };
}

function statusEvent(port: InstancePort, before: unknown, after: unknown): NovaEvent | undefined {
  if (before === 'ACTIVE') return after === 'DOWN' ? { ...about(port), name: 'network-vif-unplugged', status: 'completed' } : undefined;
  if (before !== 'DOWN' && before !== 'BUILD') return undefined;
  if (after === 'ACTIVE') return vifPlugged(port);
  return after === 'ERROR' ? { ...about(port), name: 'network-vif-plugged', status: 'failed' } : undefined;
}

/** While an instance moves, only its new host's wiring tells Nova that it may go on. */
function isMigrating(port: JsonObject): boolean {
  const profile = port['binding:profile'];
  return isJsonObject(profile) && Boolean(profile['migrating_to']);
}

function isChanged(original: JsonObject, current: JsonObject): boolean {
  const names = new Set([...Object.keys(original), ...Object.keys(current)]);
  return anyChanged(original, current, [...names].filter((name) => !toldOtherwise.has(name)));
}

/** As OpenStack's services understand it: in any case, with or without dashes, braces and "urn:uuid:". */
function isUuidLike(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.replace('urn:', '').replace('uuid:', '').replaceAll(/^[{}]+|[{}]+$/g, '').replaceAll('-', ''));
}
