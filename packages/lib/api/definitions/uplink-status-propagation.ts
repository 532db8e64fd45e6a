import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const uplinkStatusPropagation: ExtensionDeclaration = defineExtension({
  alias: 'uplink-status-propagation',
  name: 'Uplink status propagation extension',
  description: 'Whether a virtual function follows the link state of its physical function.',
  updated: '2018-05-31T18:00:00-00:00',
  extends: {
    ports: {
      propagate_uplink_status: {
        type: 'boolean', allowPost: true, allowPut: false, default: true, validate: boolean, convertTo: toBoolean, isVisible: true,
        description: 'whether it follows the link state of the uplink',
      },
    },
  },
});
