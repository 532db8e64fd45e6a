import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { oneOf, orNull } from '../validators.ts';

export const dataPlaneStatus: ExtensionDeclaration = defineExtension({
  alias: 'data-plane-status',
  name: 'Port data plane status extension',
  description: 'What a monitor of the data plane says of a port.',
  updated: '2017-01-24T10:00:00-00:00',
  extends: {
    ports: {
      data_plane_status: {
        type: 'string', allowPost: false, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(oneOf(['ACTIVE', 'DOWN'])), isVisible: true, enforcePolicy: true,
        description: 'ACTIVE, DOWN or null',
      },
    },
  },
});
