import type { AttributeColumn } from '@neutrino/lib/plugins/ml2/drivers';

/** A text, or null. */
export function textColumn(attribute: string): AttributeColumn {
  return { attribute, column: attribute, toColumn: (value) => (value === null ? null : String(value)), toAttribute: (stored) => (typeof stored === 'string' ? stored : null) };
}

/** True or false, kept as 1 and 0. */
export function booleanColumn(attribute: string): AttributeColumn {
  return { attribute, column: attribute, toColumn: (value) => (value === true ? 1 : 0), toAttribute: (stored) => Number(stored) === 1 };
}
