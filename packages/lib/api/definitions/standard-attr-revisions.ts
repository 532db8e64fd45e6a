import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { forEach, STANDARD_COLLECTIONS } from '../standard-attributes.ts';

export const standardAttrRevisions: ExtensionDeclaration = defineExtension({
  alias: 'standard-attr-revisions',
  name: 'Resource revision numbers',
  description: 'A number that grows with each change of a resource.',
  updated: '2016-04-11T10:00:00-00:00',
  extends: forEach(STANDARD_COLLECTIONS, {
    revision_number: readOnly('integer', 'grows with each change', { isFilter: true, isSortKey: true }),
  }),
});
