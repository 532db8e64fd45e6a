import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const revisionIfMatch: ExtensionDeclaration = defineExtension({
  alias: 'revision-if-match',
  name: 'If-Match constraints based on revision_number',
  description: 'Writes that apply only to the revision the client has seen.',
  updated: '2016-12-11T00:00:00-00:00',
  requires: ['standard-attr-revisions'],
});
