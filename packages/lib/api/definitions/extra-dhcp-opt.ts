import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { toDhcpOptions } from '../extra-dhcp-options.ts';

export const extraDhcpOpt: ExtensionDeclaration = defineExtension({
  alias: 'extra_dhcp_opt',
  name: 'Neutron Extra DHCP options',
  description: 'DHCP options of single ports.',
  updated: '2013-03-17T12:00:00-00:00',
  extends: {
    ports: {
      extra_dhcp_opts: {
        type: 'array', allowPost: true, allowPut: true, default: null, convertTo: toDhcpOptions,
        isVisible: true, description: 'objects of opt_name, opt_value and ip_version',
      },
    },
  },
});
