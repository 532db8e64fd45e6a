import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { holding, oneOfResource, type Routes } from '../routes.ts';

const route = holding({ destination: { type: 'string', format: 'cidr' }, nexthop: { type: 'string' } });
const request = holding({ router: holding({ routes: { type: 'array', items: route } }) });

function change(action: 'add' | 'remove', summary: string): Routes[number] {
  return { method: 'PUT', path: `/routers/{id}/${action}_extraroutes`, operation: `${action}_extraroutes`, collection: 'routers', summary, request, status: 200, answer: oneOfResource('router') };
}

export const extrarouteAtomic: ExtensionDeclaration = defineExtension({
  alias: 'extraroute-atomic',
  name: 'Atomically add/remove extra routes',
  description: 'Routes of a router are added and taken away without saying all of them.',
  updated: '2019-07-10T00:00:00+00:00',
  requires: ['router', 'extraroute'],
  routes: [change('add', 'Give a router further routes'), change('remove', 'Take routes away from a router')],
});
