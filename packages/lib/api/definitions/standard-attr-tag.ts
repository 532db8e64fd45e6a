import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { forEach, TAGGED_COLLECTIONS } from '../standard-attributes.ts';

export const standardAttrTag: ExtensionDeclaration = defineExtension({
  alias: 'standard-attr-tag',
  name: 'Tag support',
  description: 'Words that users attach to resources and find them by.',
  updated: '2017-01-01T00:00:00-00:00',
  extends: forEach(TAGGED_COLLECTIONS, { tags: readOnly('array', 'its tags', { isFilter: true }) }),
});
