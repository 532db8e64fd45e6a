import { describe, expect, it } from 'vitest';
import { CollectionSpellings } from './collection-spellings.ts';

const read = ['/v2.0/security-groups', '/v2.0/security-groups/:id', '/v2.0/security-groups/:id/tags/:tag', '/v2.0/service_profiles/:id', '/v2.0/routers/:id', '/v2.0/routers/:id/conntrack_helpers', '/v2.0/agents/:agent/dhcp-networks/:id'];
const spellings = new CollectionSpellings([...read.map((path) => `GET ${path}`), 'PUT /v2.0/routers/:id/add_router_interface']);

describe('a path', () => {
  it.each([
    ['/v2.0/security_groups', '/v2.0/security-groups'],
    ['/v2.0/security_groups/a_b', '/v2.0/security-groups/a_b'],
    ['/v2.0/security_groups/a_b/tags/c_d', '/v2.0/security-groups/a_b/tags/c_d'],
    ['/v2.0/security_groups/', '/v2.0/security-groups/'],
    ['/v2.0/service-profiles/a-b', '/v2.0/service_profiles/a-b'],
    ['/v2.0/routers/a/conntrack-helpers', '/v2.0/routers/a/conntrack_helpers'],
    ['/v2.0/routers/a/conntrack-helpers/b_c', '/v2.0/routers/a/conntrack_helpers/b_c'],
    ['/v2.0/agents/a/dhcp_networks/b_c', '/v2.0/agents/a/dhcp-networks/b_c'],
  ])('%s is spelled %s here', (path, ours) => {
    expect(spellings.ours(path)).toBe(ours);
    expect(spellings.ours(ours)).toBe(ours);
  });

  it.each(['/', '/v2.0', '/v2.0/', '/healthcheck', '/v2.0/sub_nets', '/v2.0/routers/a/add-router-interface', '/v2.0/agents/a/conntrack-helpers', '/v2.0/__proto__', '/v2.0/constructor/a/constructor'])('%s is left as it is', (path) => {
    expect(spellings.ours(path)).toBe(path);
  });
});
