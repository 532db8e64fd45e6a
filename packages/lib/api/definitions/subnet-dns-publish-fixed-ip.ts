import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const subnetDnsPublishFixedIp: ExtensionDeclaration = defineExtension({
  alias: 'subnet-dns-publish-fixed-ip',
  name: 'Subnet DNS publish fixed IP',
  description: 'Whether an outside DNS service is told of the addresses of a subnet.',
  updated: '2019-05-24T10:00:00-00:00',
  requires: ['dns-domain-ports'],
  extends: {
    subnets: {
      dns_publish_fixed_ip: {
        type: 'boolean', allowPost: true, allowPut: true, default: false, validate: boolean, convertTo: toBoolean, isVisible: true,
        description: 'whether its addresses are published',
      },
    },
  },
});
