import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { inEachObject, nullToEmptyList, toIp } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { hostRoutes } from '../host-routes.ts';
import { orNull } from '../validators.ts';

export const extraroute: ExtensionDeclaration = defineExtension({
  alias: 'extraroute',
  name: 'Neutron Extra Route',
  description: 'Routes of a router beside those to its own subnets.',
  updated: '2013-02-01T10:00:00-00:00',
  requires: ['router'],
  extends: {
    routers: {
      routes: {
        type: 'array', allowPost: false, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(hostRoutes), convertTo: (value) => inEachObject({ nexthop: toIp })(nullToEmptyList(value)),
        isVisible: true, description: 'routes as objects of destination and nexthop',
      },
    },
  },
});
