import type { JsonObject } from '../../json.ts';
import { ATTR_NOT_SPECIFIED, type Attribute } from '../attribute.ts';
import { nullable } from '../validators.ts';

/** An attribute as a request may give it: with its constraints, and the default where POST may leave it out. */
export function givenSchema(attribute: Attribute, operation: 'create' | 'update'): JsonObject {
  const { validate, type, description, default: otherwise } = attribute;
  const schema = validate?.schema ?? { type };
  const isDefault = operation === 'create' && otherwise !== undefined && otherwise !== ATTR_NOT_SPECIFIED;
  return { ...schema, ...(description !== undefined && { description }), ...(isDefault && { default: otherwise }) };
}

/** An attribute as answers show it. */
export function shownSchema(attribute: Attribute): JsonObject {
  const { type, description, allowPost, allowPut } = attribute;
  const shown: JsonObject = itemsOf(attribute);
  return {
    ...(mayBeNull(attribute) ? nullable({ type, ...shown }) : { type, ...shown }),
    ...(description !== undefined && { description }),
    ...(!allowPost && !allowPut && { readOnly: true }),
  };
}

/** What the server fills in may be missing; what a request gives may be null where null is accepted. */
function mayBeNull({ allowPost, allowPut, validate, default: otherwise }: Attribute): boolean {
  if (!allowPost && !allowPut) return true;
  return otherwise === ATTR_NOT_SPECIFIED || otherwise === null || validate === undefined || validate(null) === undefined;
}

/** Of a list of objects or words, what kind of items it has. */
function itemsOf({ type, validate }: Attribute): JsonObject {
  const items = validate?.schema?.['items'];
  if (type !== 'array' || typeof items !== 'object' || items === null || Array.isArray(items)) return {};
  const { type: itemType } = items as JsonObject;
  return itemType === undefined ? {} : { items: { type: itemType } };
}
