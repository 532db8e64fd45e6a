import { collectionPath } from '@neutrino/lib/api/collection-path';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import type { JsonObject } from '@neutrino/lib/json';
import { unauthorized } from '@neutrino/server/auth/authenticator';
import { describe, expect, it } from 'vitest';
import { networkServer } from '../../support/network-server.ts';

const nobody = { project: 'p' };
const id = '8db5b293-e6ed-4066-bf42-b95c0e3b17ac';

describe('without a token', () => {
  it('nothing is done or told, whatever is asked, but the version', async () => {
    await using server = await networkServer('service_plugins = router\n', { authenticate: () => Promise.reject(unauthorized('http://127.0.0.1:5000')) });
    const asks: [method: string, path: string, body?: JsonObject][] = [];
    for (const { collection, resource, operations = ['create', 'show', 'list', 'update', 'delete'], parent } of buildApi(extensions).resources) {
      if (parent !== undefined) continue;
      const path = `/v2.0/${collectionPath(collection)}`;
      if (operations.includes('list')) asks.push(['GET', path]);
      if (operations.includes('show')) asks.push(['GET', `${path}/${id}`]);
      if (operations.includes('create')) asks.push(['POST', path, { [resource]: {} }]);
      if (operations.includes('update')) asks.push(['PUT', `${path}/${id}`, { [resource]: {} }]);
      if (operations.includes('delete')) asks.push(['DELETE', `${path}/${id}`]);
    }
    for (const path of ['networks', 'subnets', 'ports', 'security-groups', 'routers', 'floatingips'].map((each) => `/v2.0/${each}/${id}/tags`)) {
      asks.push(['GET', path], ['PUT', path, { tags: [] }], ['DELETE', path], ['GET', `${path}/x`], ['PUT', `${path}/x`], ['DELETE', `${path}/x`]);
    }
    const quota = `/v2.0/quotas/${id}`;
    asks.push(['GET', '/v2.0/quotas'], ['GET', '/v2.0/quotas/tenant'], ['GET', quota], ['GET', `${quota}/default`], ['GET', `${quota}/details`], ['PUT', quota, { quota: {} }], ['DELETE', quota]);
    for (const [scheduled, agents] of [['dhcp-networks', `networks/${id}/dhcp-agents`], ['l3-routers', `routers/${id}/l3-agents`]] as const) {
      const path = `/v2.0/agents/${id}/${scheduled}`;
      asks.push(['GET', path], ['POST', path, {}], ['DELETE', `${path}/${id}`], ['GET', `/v2.0/${agents}`]);
    }
    for (const action of ['add_router_interface', 'remove_router_interface', 'add_extraroutes', 'remove_extraroutes']) asks.push(['PUT', `/v2.0/routers/${id}/${action}`, {}]);
    asks.push(['GET', '/v2.0/extensions'], ['GET', '/v2.0/extensions/quotas']);
    expect(asks.length).toBeGreaterThan(60);
    for (const [method, path, body] of asks) {
      const answer = await server.request(nobody, method, path, body);
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      expect(answer.headers.get('www-authenticate')).toContain('Keystone');
    }
    expect((await server.request(nobody, 'GET', '/')).status).toBe(200);
    expect((await server.request(nobody, 'GET', '/v2.0/')).status).toBe(200);
  });
});
