import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding } from '../routes.ts';

const prefix = holding({ id: { type: 'string', format: 'uuid' }, cidr: { type: 'string' } });

export const subnetOnboard: ExtensionDeclaration = defineExtension({
  alias: 'subnet_onboard',
  name: 'Subnet Onboard',
  description: 'Subnets that exist join a pool.',
  updated: '2018-12-18T09:00:00-00:00',
  requires: ['subnet_allocation'],
  routes: [
    {
      method: 'PUT', path: '/subnetpools/{id}/onboard_network_subnets', operation: 'onboard_network_subnets', collection: 'subnetpools',
      summary: "Take the subnets of a network into a pool, and their prefixes among the pool's", request: holding({ network_id: { type: 'string', format: 'uuid' } }),
      status: 200, answer: { type: 'array', items: prefix },
    },
  ],
});
