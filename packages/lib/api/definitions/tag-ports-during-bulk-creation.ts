import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const tagPortsDuringBulkCreation: ExtensionDeclaration = defineExtension({
  alias: 'tag-ports-during-bulk-creation',
  name: 'Tag Ports During Bulk Creation',
  description: 'Ports can be tagged by the request that makes them.',
  updated: '2019-12-29T19:00:00-00:00',
});
