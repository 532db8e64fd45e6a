import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const exposeL3ConntrackHelper: ExtensionDeclaration = defineExtension({
  alias: 'expose-l3-conntrack-helper',
  name: 'Expose CT target rules for conntrack helper',
  description: 'Routers show their connection tracking helpers.',
  updated: '2019-04-04T10:00:00-00:00',
  requires: ['router', 'l3-conntrack-helper'],
  extends: { routers: { conntrack_helpers: readOnly('array', 'its connection tracking helpers', { default: null }) } },
});
