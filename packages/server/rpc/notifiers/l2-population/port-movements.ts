import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { ForwardingEntry } from '@neutrino/lib/rpc/forwarding-entries';

/** A port that is not, or no longer, wired on the host. */
export interface PortLeft {
  readonly network_id: string;
  readonly host: string;
  readonly entries: readonly ForwardingEntry[];
  readonly owner: string;
  /** The router, of a router's port. */
  readonly deviceId: string;
  /** It is nowhere any more. */
  readonly isDeleted: boolean;
}

/** A port on the host has other addresses. */
export interface AddressChange {
  readonly network_id: string;
  readonly host: string;
  readonly before: readonly ForwardingEntry[];
  readonly after: readonly ForwardingEntry[];
}

type Operation = 'create' | 'update' | 'delete';

/** The port has become ACTIVE. */
export function isWired(operation: Operation, current: JsonObject, original: JsonObject | undefined): boolean {
  return operation === 'update' && current['status'] === 'ACTIVE' && original?.['status'] !== 'ACTIVE';
}

/** The host that the port has left, by being deleted, moved, or switched off; at most one. */
export function portLeft(operation: Operation, current: JsonObject, original: JsonObject | undefined): readonly PortLeft[] {
  if (operation === 'delete') return left(current, true);
  if (operation !== 'update' || original === undefined || current['status'] !== 'DOWN') return [];
  if (hostOf(current) !== hostOf(original) && original['status'] === 'ACTIVE') return left(original);
  return original['status'] === 'DOWN' ? [] : left(current);
}

function left(port: JsonObject, isDeleted = false): readonly PortLeft[] {
  const host = hostOf(port);
  const entries = addressesOf(port).map((ip): ForwardingEntry => [String(port['mac_address']), ip]);
  return host === '' ? [] : [{ network_id: String(port['network_id']), host, entries, owner: String(port['device_owner']), deviceId: String(port['device_id']), isDeleted }];
}

/** What changed of a port's addresses; at most one. */
export function addressChanges(operation: Operation, current: JsonObject, original: JsonObject | undefined): readonly AddressChange[] {
  if (operation !== 'update' || original === undefined) return [];
  const host = hostOf(original);
  const [before, after] = [addressesOf(original), addressesOf(current)];
  const entries = (addresses: readonly string[]): readonly ForwardingEntry[] => addresses.map((ip) => [String(current['mac_address']), ip]);
  const change = {
    network_id: String(current['network_id']), host,
    before: entries(before.filter((ip) => !after.includes(ip))), after: entries(after.filter((ip) => !before.includes(ip))),
  };
  return host === '' || change.before.length + change.after.length === 0 ? [] : [change];
}

function hostOf(port: JsonObject): string {
  const host = port['binding:host_id'];
  return typeof host === 'string' ? host : '';
}

function addressesOf(port: JsonObject): readonly string[] {
  const fixedIps = port['fixed_ips'];
  return Array.isArray(fixedIps) ? fixedIps.flatMap((ip) => (isJsonObject(ip) && typeof ip['ip_address'] === 'string' ? [ip['ip_address']] : [])) : [];
}
