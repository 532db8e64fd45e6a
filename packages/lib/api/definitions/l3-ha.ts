import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { toBooleanOrNull } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';

export const l3Ha: ExtensionDeclaration = defineExtension({
  alias: 'l3-ha',
  name: 'HA Router extension',
  description: 'Routers that several agents have, one of which takes over when another fails.',
  updated: '2014-04-26T00:00:00-00:00',
  requires: ['router'],
  extends: {
    routers: {
      ha: {
        type: 'boolean', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, convertTo: toBooleanOrNull,
        isVisible: true, enforcePolicy: true, description: 'whether it is highly available; changed only while it is switched off',
      },
    },
  },
});
