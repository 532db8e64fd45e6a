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
    await using server = await networkServer('', { authenticate: () => Promise.reject(unauthorized('http://127.0.0.1:5000')) });
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
    for (const path of ['networks', 'subnets', 'ports', 'security-groups'].map((each) => `/v2.0/${each}/${id}/tags`)) {
      asks.push(['GET', path], ['PUT', path, { tags: [] }], ['DELETE', path], ['GET', `${path}/x`], ['PUT', `${path}/x`], ['DELETE', `${path}/x`]);
    }
    const quota = `/v2.0/quotas/${id}`;
    asks.push(['GET', '/v2.0/quotas'], ['GET', '/v2.0/quotas/tenant'], ['GET', quota], ['GET', `${quota}/default`], ['GET', `${quota}/details`], ['PUT', quota, { quota: {} }], ['DELETE', quota]);
    const hosted = `/v2.0/agents/${id}/dhcp-networks`;
    asks.push(['GET', hosted], ['POST', hosted, { network_id: {} }], ['DELETE', `${hosted}/${id}`], ['GET', `/v2.0/networks/${id}/dhcp-agents`]);
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
