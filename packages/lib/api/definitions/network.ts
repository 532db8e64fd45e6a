import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { adminStateAttribute, defineExtension, idAttribute, nameAttribute, projectAttribute, readOnly, statusAttribute } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const network: ExtensionDeclaration = defineExtension({
  alias: 'network',
  name: 'Networks',
  description: 'Isolated layer-2 segments.',
  updated: '2012-01-01T10:00:00-00:00',
  core: true,
  resources: [
    {
      collection: 'networks',
      resource: 'network',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        tenant_id: projectAttribute,
        admin_state_up: adminStateAttribute,
        status: statusAttribute,
        subnets: readOnly('array', 'ids of its subnets'),
        shared: {
          type: 'boolean', allowPost: true, allowPut: true, default: false, validate: boolean, convertTo: toBoolean,
          isVisible: true, isFilter: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether every project may use it',
        },
      },
    },
  ],
});
