import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { oneOfResource } from '../routes.ts';
import { boolean } from '../validators.ts';

const path = '/auto-allocated-topology/{project_id}';
const collection = 'auto_allocated_topologies';
const resource = 'auto_allocated_topology';

export const autoAllocatedTopology: ExtensionDeclaration = defineExtension({
  alias: 'auto-allocated-topology',
  name: 'Auto Allocated Topology Services',
  description: 'A network that leads outside, for projects that ask for one and say no more.',
  updated: '2016-01-01T00:00:00-00:00',
  requires: ['router', 'subnet_allocation', 'external-net'],
  resources: [
    {
      collection,
      resource,
      // Each project has its own, under the project's id: its routes are below.
      operations: [],
      attributes: { id: readOnly('string', 'the network'), tenant_id: readOnly('string', 'the project that it is for') },
    },
  ],
  extends: {
    networks: {
      is_default: {
        type: 'boolean', allowPost: true, allowPut: true, default: false, validate: boolean, convertTo: toBoolean,
        isVisible: true, isFilter: true, requiredByPolicy: true, enforcePolicy: true, description: 'whether it is the one outside that such networks lead to',
      },
    },
  },
  routes: [
    { method: 'GET', path, operation: 'show_auto_allocated_topology', collection, summary: 'Show the network of a project that leads outside; made where there is none', status: 200, answer: oneOfResource(resource) },
    { method: 'DELETE', path, operation: 'delete_auto_allocated_topology', collection, summary: 'Delete that network and what it leads outside by', status: 204 },
  ],
});
