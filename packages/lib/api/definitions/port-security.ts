import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const portSecurity: ExtensionDeclaration = defineExtension({
  alias: 'port-security',
  name: 'Port Security',
  description: 'Whether traffic of ports is held to their addresses and security groups.',
  updated: '2012-07-23T10:00:00-00:00',
  extends: {
    networks: {
      port_security_enabled: {
        type: 'boolean', allowPost: true, allowPut: true, default: true, validate: boolean, convertTo: toBoolean, isVisible: true, enforcePolicy: true,
        description: 'what its new ports start with',
      },
    },
    ports: {
      port_security_enabled: {
        type: 'boolean', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: boolean, convertTo: toBoolean, isVisible: true, enforcePolicy: true,
        description: 'as its network says, where not given',
      },
    },
  },
});
