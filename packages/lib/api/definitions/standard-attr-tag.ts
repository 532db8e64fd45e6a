import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { collectionPath } from '../collection-path.ts';
import { holding, type Routes } from '../routes.ts';
import { forEach, TAGGED_COLLECTIONS } from '../standard-attributes.ts';
import { listOf, string } from '../validators.ts';

const tags = holding({ tags: { type: 'array', items: { type: 'string', maxLength: 255 } } });

function tagRoutes(collection: string): Routes {
  const all = `/${collectionPath(collection)}/{id}/tags`;
  const one = `${all}/{tag}`;
  return [
    { method: 'GET', path: all, operation: `list_${collection}_tags`, collection, summary: 'The tags of one', status: 200, answer: tags },
    { method: 'PUT', path: all, operation: `replace_${collection}_tags`, collection, summary: 'Give one these tags instead of all others', request: tags, status: 200, answer: tags },
    { method: 'DELETE', path: all, operation: `remove_${collection}_tags`, collection, summary: 'Take all tags away from one', status: 204 },
    { method: 'GET', path: one, operation: `show_${collection}_tag`, collection, summary: 'Whether one has this tag', status: 204 },
    { method: 'PUT', path: one, operation: `add_${collection}_tag`, collection, summary: 'Give one this tag', status: 201 },
    { method: 'DELETE', path: one, operation: `remove_${collection}_tag`, collection, summary: 'Take this tag away from one', status: 204 },
  ];
}

export const standardAttrTag: ExtensionDeclaration = defineExtension({
  alias: 'standard-attr-tag',
  name: 'Tag support',
  description: 'Words that users attach to resources and find them by.',
  updated: '2017-01-01T00:00:00-00:00',
  extends: {
    ...forEach(TAGGED_COLLECTIONS, { tags: readOnly('array', 'its tags', { isFilter: true }) }),
    ports: {
      tags: { type: 'array', allowPost: true, allowPut: false, default: [], validate: listOf(string(255), { unique: true }), isVisible: true, isFilter: true, description: 'its tags' },
    },
  },
  routes: TAGGED_COLLECTIONS.flatMap(tagRoutes),
});
