import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { forEach, STANDARD_COLLECTIONS } from '../standard-attributes.ts';

export const standardAttrTimestamp: ExtensionDeclaration = defineExtension({
  alias: 'standard-attr-timestamp',
  name: 'Resource timestamps',
  description: 'When resources were made and changed.',
  updated: '2016-09-12T10:00:00-00:00',
  extends: forEach(STANDARD_COLLECTIONS, {
    created_at: readOnly('string', 'UTC, e.g. 2026-01-02T03:04:05Z', { isSortKey: true }),
    updated_at: readOnly('string', 'UTC, e.g. 2026-01-02T03:04:05Z', { isSortKey: true }),
  }),
});
