import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding } from '../routes.ts';

const prefixes = holding({ prefixes: { type: 'array', items: { type: 'string' }, minItems: 1 } });
const all = holding({ prefixes: { type: 'array', items: { type: 'string' } } });

export const subnetpoolPrefixOps: ExtensionDeclaration = defineExtension({
  alias: 'subnetpool-prefix-ops',
  name: 'Subnet Pool Prefix Operations',
  description: 'Prefixes are added to a pool, and taken out of it, one by one.',
  updated: '2019-02-08T10:00:00-00:00',
  requires: ['subnet_allocation'],
  routes: [
    {
      method: 'PUT', path: '/subnetpools/{id}/add_prefixes', operation: 'add_subnetpool_prefixes', collection: 'subnetpools',
      summary: 'Add prefixes to a pool', request: prefixes, status: 200, answer: all,
    },
    {
      method: 'PUT', path: '/subnetpools/{id}/remove_prefixes', operation: 'remove_subnetpool_prefixes', collection: 'subnetpools',
      summary: 'Take prefixes that no subnet has out of a pool', request: prefixes, status: 200, answer: all,
    },
  ],
});
