import { describe, expect, it } from 'vitest';
import type { Attribute, ExtensionDeclaration } from './attribute.ts';
import { buildApi } from './build-api.ts';
import { extensions } from './definitions/index.ts';

const text: Attribute = { type: 'string', allowPost: true, allowPut: true, default: '', isVisible: true };
const base: ExtensionDeclaration = {
  alias: 'things', name: 'Things', description: '', updated: '2026-01-01T00:00:00-00:00',
  resources: [{ collection: 'things', resource: 'thing', attributes: { id: text } }],
};
const more: ExtensionDeclaration = { alias: 'more', name: 'More', description: '', updated: '2026-01-01T00:00:00-00:00', requires: ['things'], extends: { things: { color: text } } };

describe('buildApi', () => {
  it('adds to a resource what extensions add, in whatever order they come', () => {
    for (const order of [[base, more], [more, base]]) expect(Object.keys(buildApi(order).resource('things').attributes)).toEqual(['id', 'color']);
  });

  it('refuses an extension without what it requires, and one that extends nothing', () => {
    expect(() => buildApi([more])).toThrow('more requires things');
    expect(() => buildApi([{ ...more, requires: [] }])).toThrow('nothing declares');
  });

  it('lets an extension declare an attribute anew, but not as something else', () => {
    expect(buildApi([base, { ...more, extends: { things: { id: { ...text, allowPut: false } } } }]).resource('things').attributes['id']?.allowPut).toBe(false);
    expect(() => buildApi([base, { ...more, extends: { things: { id: { ...text, type: 'integer' } } } }])).toThrow('another type');
  });

  it('makes one API of all the extensions that there are', () => {
    const { resource } = buildApi(extensions);
    expect(resource('networks').attributes['mtu']).toMatchObject({ allowPost: true, allowPut: true });
    expect(resource('ports').attributes).toHaveProperty('security_groups');
  });
});
