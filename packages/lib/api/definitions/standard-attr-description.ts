import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { forEach, STANDARD_COLLECTIONS } from '../standard-attributes.ts';
import { string } from '../validators.ts';

export const standardAttrDescription: ExtensionDeclaration = defineExtension({
  alias: 'standard-attr-description',
  name: 'standard-attr-description',
  description: 'A description on every resource.',
  updated: '2016-02-10T10:00:00-00:00',
  extends: forEach(STANDARD_COLLECTIONS, {
    description: {
      type: 'string', allowPost: true, allowPut: true, default: '', validate: string(255), isVisible: true, isFilter: true, isSortKey: true,
      description: 'for people to read',
    },
  }),
});
