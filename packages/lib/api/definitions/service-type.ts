import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const serviceType: ExtensionDeclaration = defineExtension({
  alias: 'service-type',
  name: 'Neutron Service Type Management',
  description: 'The providers of services.',
  updated: '2013-01-20T00:00:00-00:00',
  resources: [
    {
      collection: 'service_providers',
      resource: 'service_provider',
      operations: ['list'],
      attributes: {
        service_type: readOnly('string', 'the service'),
        name: readOnly('string', 'its provider', { primaryKey: true }),
        default: readOnly('boolean', 'whether instances that ask for none have it'),
      },
    },
  ],
});
