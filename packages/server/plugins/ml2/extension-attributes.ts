import type { JsonObject } from '@neutrino/lib/json';
import type { CoreCollection, ExtensionDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { DbOrTx, Tx } from '../../db/types.ts';
import type { Ml2 } from './ml2.ts';

/** id → what the extension drivers add to it: one query a driver. */
export async function extensionAttributes(
  ml2: Ml2,
  db: DbOrTx,
  collection: CoreCollection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const merged = new Map<string, JsonObject>();
  if (ids.length === 0) return merged;
  for (const driver of ml2.drivers.extensions) {
    // A driver only reads here; outside a transaction each of its queries sees the last commit.
    const attributes = await driver.extend?.(db as Tx, collection, ids);
    for (const [id, values] of attributes ?? []) merged.set(id, { ...merged.get(id), ...values });
  }
  return merged;
}

/** Lets the extension drivers refuse a body. `original`: for an update, the object as it is. */
export function checkExtensions(ml2: Ml2, collection: CoreCollection, body: JsonObject, original?: JsonObject): void {
  for (const driver of ml2.drivers.extensions) driver.check?.(collection, body, original);
}

/** A view with what the extension drivers make of it. */
export function withDerived(ml2: Ml2, collection: CoreCollection, view: JsonObject): JsonObject {
  let derived = view;
  for (const driver of ml2.drivers.extensions) if (driver.derive !== undefined) derived = { ...derived, ...driver.derive(collection, derived) };
  return derived;
}

/** What the drivers make of the request for a port: itself, with what it leaves to the network. */
export function completedPort(ml2: Ml2, request: JsonObject, network: JsonObject): JsonObject {
  let completed = request;
  for (const driver of ml2.drivers.extensions) if (driver.completePort !== undefined) completed = { ...completed, ...driver.completePort(completed, network) };
  return completed;
}

/** Whether the drivers have more to write for such a body, or more to read of any object, than the row. */
export function reachesBeyondRow(ml2: Ml2, collection: CoreCollection, body: JsonObject): boolean {
  return ml2.drivers.extensions.some(
    (driver) => driver.extend !== undefined || ((driver.processCreate !== undefined || driver.processUpdate !== undefined) && isConcerned(driver, collection, body)),
  );
}

export async function processCreate(ml2: Ml2, tx: Tx, collection: CoreCollection, request: JsonObject, id: string): Promise<void> {
  for (const driver of ml2.drivers.extensions) if (isConcerned(driver, collection, request)) await driver.processCreate?.(tx, collection, request, id);
}

export async function processUpdate(ml2: Ml2, tx: Tx, collection: CoreCollection, changes: JsonObject, id: string): Promise<void> {
  for (const driver of ml2.drivers.extensions) if (isConcerned(driver, collection, changes)) await driver.processUpdate?.(tx, collection, changes, id);
}

function isConcerned(driver: ExtensionDriver<Tx>, collection: CoreCollection, body: JsonObject): boolean {
  return driver.concerns?.(collection, body) ?? true;
}
