import type { Json, JsonObject } from '@neutrino/lib/json';
import type { AttributeColumn, CoreCollection } from '@neutrino/lib/plugins/ml2/drivers';
import type { Ml2 } from './ml2.ts';

/** Attributes of extension drivers that lie in the rows of networks, subnets and ports. */

/** Column → value of what a request gives: for the statement that writes the row anyway. */
export function columnsOfBody(ml2: Pick<Ml2, 'drivers'>, collection: CoreCollection, body: JsonObject): Record<string, string | number | null> {
  const columns: Record<string, string | number | null> = {};
  for (const { attribute, column, toColumn } of attributeColumns(ml2, collection)) {
    const value = body[attribute];
    if (value !== undefined) columns[column] = toColumn(value);
  }
  return columns;
}

/** The attributes as the API shows them. */
export function attributesOfRow(ml2: Pick<Ml2, 'drivers'>, collection: CoreCollection, row: object): JsonObject {
  const attributes: Record<string, Json> = {};
  for (const { attribute, column, toAttribute } of attributeColumns(ml2, collection)) attributes[attribute] = toAttribute(Reflect.get(row, column));
  return attributes;
}

function attributeColumns(ml2: Pick<Ml2, 'drivers'>, collection: CoreCollection): readonly AttributeColumn[] {
  return ml2.drivers.columns[collection];
}
