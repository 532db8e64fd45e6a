import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { orNull, string } from '../validators.ts';

export const portDeviceProfile: ExtensionDeclaration = defineExtension({
  alias: 'port-device-profile',
  name: 'Port device profile',
  description: 'Which accelerators (of Cyborg) belong to a port.',
  updated: '2020-12-17T10:00:00-00:00',
  extends: {
    ports: {
      device_profile: {
        type: 'string', allowPost: true, allowPut: false, default: null, validate: orNull(string(255)), isVisible: true,
        description: 'the name of the profile of accelerators wanted',
      },
    },
  },
});
