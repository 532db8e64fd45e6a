import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { orNull, uuid } from '../validators.ts';

export const routerServiceType: ExtensionDeclaration = defineExtension({
  alias: 'router-service-type',
  name: 'Router Service Type',
  description: 'Routers whose provider is chosen by a service profile rather than by a flavor.',
  updated: '2013-01-29T00:00:00-00:00',
  requires: ['router'],
  extends: {
    routers: {
      service_type_id: {
        type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(uuid), isVisible: true, isFilter: true,
        description: 'the service profile that names its provider; null for none',
      },
    },
  },
});
