import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const availabilityZoneFilter: ExtensionDeclaration = defineExtension({
  alias: 'availability_zone_filter',
  name: 'Availability Zone Filter Extension',
  description: 'Availability zones can be filtered.',
  updated: '2018-06-22T10:00:00-00:00',
  requires: ['availability_zone'],
});
