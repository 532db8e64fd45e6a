import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const availabilityZone: ExtensionDeclaration = defineExtension({
  alias: 'availability_zone',
  name: 'Availability Zone',
  description: 'Zones that agents stand in.',
  updated: '2015-01-01T10:00:00-00:00',
  requires: ['agent'],
  resources: [
    {
      collection: 'availability_zones',
      resource: 'availability_zone',
      operations: ['list'],
      attributes: {
        name: readOnly('string', 'the zone', { isFilter: true, primaryKey: true }),
        resource: readOnly('string', 'what it is a zone of: network or router', { isFilter: true }),
        state: readOnly('string', 'available or unavailable', { isFilter: true }),
      },
    },
  ],
  extends: { agents: { availability_zone: readOnly('string', 'its zone', { isFilter: true, isSortKey: true }) } },
});
