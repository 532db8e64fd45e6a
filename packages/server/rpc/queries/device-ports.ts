import type { Json, JsonObject } from '@neutrino/lib/json';
import { canonicalMac } from '@neutrino/lib/net/mac';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';

/** A port as it is found by the name of its device. */
export interface DevicePort {
  readonly id: string;
  readonly mac_address: string;
  readonly status: string;
  readonly admin_state_up: 0 | 1;
  readonly device_id: string;
  readonly device_owner: string;
  readonly network_id: string;
  /** Of the active binding; '' where unbound. */
  readonly host: string;
  readonly segment: {
    readonly network_type: string;
    readonly physical_network: string | null;
    readonly segmentation_id: number | null;
  } | null;
  readonly mtu: number;
}

/** SQLite's limit on the depth of an expression is 1000, and a chain of ORs is that deep. */
const partSize = 200;

/**
 * The name by which a device is answered for, or undefined where `device` is none. Agents give
 * "tap" and 11 characters of the port's id, the whole id, a MAC address, or `[mac, pci_slot]`.
 */
export function deviceName(device: Json): string | undefined {
  const name: unknown = Array.isArray(device) ? device[0] : device;
  return typeof name === 'string' && name !== '' && name.length <= 255 ? name : undefined;
}

/**
 * device → its port, in one query for all of them. Where several ports fit (one MAC address in two networks)
 * the one bound to `host` is meant.
 */
export async function portsOfDevices(db: Db, devices: readonly string[], host?: string): Promise<ReadonlyMap<string, DevicePort>> {
  const prefixes = devices.map(portIdPrefix).filter((prefix) => prefix !== undefined);
  const macs = devices.map(canonicalMac).filter((mac) => mac !== undefined);
  const found = new Map<string, DevicePort>();
  for (let start = 0; start < prefixes.length; start += partSize) {
    for (const port of await portsWhere(db, { prefixes: prefixes.slice(start, start + partSize) })) found.set(port.id, port);
  }
  for (const port of await unlessEmpty(macs, (part) => portsWhere(db, { macs: part }))) found.set(port.id, port);
  const ports = [...found.values()];
  const byPrefix = Map.groupBy(ports, ({ id }) => id.slice(0, 11));
  const byMac = Map.groupBy(ports, ({ mac_address }) => mac_address);
  const ofDevices = devices.map((device): readonly [string, DevicePort | undefined] => {
    const prefix = portIdPrefix(device);
    const candidates = prefix === undefined ? byMac.get(canonicalMac(device) ?? '') : byPrefix.get(prefix.slice(0, 11))?.filter(({ id }) => id.startsWith(prefix));
    return [device, candidates?.find((port) => port.host === host) ?? candidates?.[0]];
  });
  return new Map(ofDevices.filter((entry): entry is [string, DevicePort] => entry[1] !== undefined));
}

/** What the device's name says of the port's id; undefined where it names no port by its id. */
function portIdPrefix(device: string): string | undefined {
  const id = device.startsWith('tap') ? device.slice(3) : device;
  return /^[0-9a-f]{8}-[0-9a-f]{2}[0-9a-f-]{0,25}$/.test(id) ? id : undefined;
}

async function portsWhere(db: Db, wanted: { readonly prefixes: readonly string[] } | { readonly macs: readonly string[] }): Promise<readonly DevicePort[]> {
  const rows = await db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .leftJoin('port_bindings', (join) => join.onRef('port_bindings.port_id', '=', 'ports.id').on('port_bindings.status', '=', 'ACTIVE'))
    .leftJoin('network_segments', 'network_segments.id', 'port_bindings.segment_id')
    .select(['ports.id', 'ports.mac_address', 'ports.status', 'ports.admin_state_up', 'ports.device_id', 'ports.device_owner', 'ports.network_id', 'port_bindings.host'])
    .select(['networks.mtu', 'network_segments.network_type', 'network_segments.physical_network', 'network_segments.segmentation_id'])
    .where((eb) =>
      'macs' in wanted
        ? inList('ports.mac_address', wanted.macs)
        : // A range, so that the primary key serves it: '~' sorts after every character of an id.
          eb.or(wanted.prefixes.map((prefix) => eb.and([eb('ports.id', '>=', prefix), eb('ports.id', '<=', `${prefix}~`)]))),
    )
    .execute();
  return rows.map(({ network_type, physical_network, segmentation_id, host, ...port }) => ({
    ...port,
    host: host ?? '',
    segment: network_type === null ? null : { network_type, physical_network, segmentation_id },
  }));
}

/** Objects of the API by their id. */
export function byId(objects: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  return new Map(objects.map((object) => [String(object['id']), object]));
}
