import type { Attribute, ExtensionDeclaration } from './attribute.ts';
import { toBoolean } from './converters.ts';
import { boolean, nameString, string, uuid } from './validators.ts';

/** The frame of a declaration: its types are checked here, and it cannot be changed afterwards. */
export function defineExtension(declaration: ExtensionDeclaration): ExtensionDeclaration {
  return Object.freeze(declaration);
}

/** Attributes that many resources declare alike. */
export const idAttribute: Attribute = {
  type: 'string', allowPost: false, allowPut: false, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, primaryKey: true,
  description: 'the id',
};

export const projectAttribute: Attribute = {
  type: 'string', allowPost: true, allowPut: false, validate: string(255), isVisible: true, isFilter: true, isSortKey: true, requiredByPolicy: true,
  description: 'the project that owns it',
};

export const nameAttribute: Attribute = {
  type: 'string', allowPost: true, allowPut: true, default: '', validate: nameString(255), isVisible: true, isFilter: true, isSortKey: true,
  description: 'a name, which need not be unique',
};

export const statusAttribute: Attribute = {
  type: 'string', allowPost: false, allowPut: false, isVisible: true, isFilter: true, isSortKey: true, description: 'ACTIVE, DOWN, BUILD or ERROR',
};

export const adminStateAttribute: Attribute = {
  type: 'boolean', allowPost: true, allowPut: true, default: true, validate: boolean, convertTo: toBoolean, isVisible: true, isFilter: true, isSortKey: true,
  description: 'whether it is switched on',
};

/** An attribute that only the server writes. */
export function readOnly(type: Attribute['type'], description: string, more: Partial<Attribute> = {}): Attribute {
  return { type, allowPost: false, allowPut: false, isVisible: true, description, ...more };
}
