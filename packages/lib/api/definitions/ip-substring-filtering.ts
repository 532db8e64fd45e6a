import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const ipSubstringFiltering: ExtensionDeclaration = defineExtension({
  alias: 'ip-substring-filtering',
  name: 'IP address substring filtering',
  description: 'Ports are found by a part of their address.',
  updated: '2017-11-28T09:00:00-00:00',
});
