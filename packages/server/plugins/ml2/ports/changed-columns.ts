import type { JsonObject } from '@neutrino/lib/json';
import type { PortsTable } from '../../../db/schema.ts';
import { textOf } from '../request-values.ts';

type OwnColumns = Partial<Pick<PortsTable, 'name' | 'description' | 'admin_state_up' | 'device_id' | 'device_owner'>>;

/** What an update changes in the port's own row, its MAC address aside. */
export function changedColumns(changes: JsonObject): OwnColumns {
  const columns: OwnColumns = {};
  if (typeof changes['name'] === 'string') columns.name = changes['name'];
  if (typeof changes['description'] === 'string') columns.description = changes['description'];
  if (typeof changes['admin_state_up'] === 'boolean') columns.admin_state_up = changes['admin_state_up'] ? 1 : 0;
  // Null takes a device away, as the empty text does.
  if (changes['device_id'] !== undefined) columns.device_id = textOf(changes, 'device_id', '');
  if (changes['device_owner'] !== undefined) columns.device_owner = textOf(changes, 'device_owner', '');
  return columns;
}
