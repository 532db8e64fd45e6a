import type { Attribute, ExtensionDeclaration } from './attribute.ts';
import { toBoolean } from './converters.ts';
import { boolean, nameString, string, uuid } from './validators.ts';

/** Checks what a type cannot say of a declaration, and freezes it. Throws where it contradicts itself. */
export function defineExtension(declaration: ExtensionDeclaration): ExtensionDeclaration {
  const maps = [...(declaration.resources ?? []).map(({ attributes }) => attributes), ...Object.values(declaration.extends ?? {})];
  for (const attributes of maps) {
    for (const [name, attribute] of Object.entries(attributes)) {
      if (!attribute.allowPost && attribute.default !== undefined && attribute.isVisible === undefined) {
        throw new Error(`${declaration.alias}: ${name} has a default that no request can take`);
      }
    }
  }
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
