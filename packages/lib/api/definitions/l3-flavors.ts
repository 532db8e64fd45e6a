import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const l3Flavors: ExtensionDeclaration = defineExtension({
  alias: 'l3-flavors',
  name: 'Router Flavor Extension',
  description: 'Routers of a kind that users choose from.',
  updated: '2016-05-17T00:00:00-00:00',
  requires: ['flavors', 'router'],
  extends: {
    routers: {
      flavor_id: { type: 'string', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, isVisible: true, isSortKey: true, enforcePolicy: true, description: 'its flavor; null for none' },
    },
  },
});
