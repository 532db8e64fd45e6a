import type { JsonObject } from '@neutrino/lib/json';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { expect, test } from 'vitest';
import type { L3PluginRpc } from './plugin-rpc.ts';
import { routerPartEndpoint } from './router-part-notifications.ts';
import { withRouterParts } from './router-parts.ts';

const floating = { id: 'f', floating_ip_address: '203.0.113.5', status: 'DOWN' };
const routers: readonly RouterInfo[] = [
  { id: 'a', admin_state_up: true, _pf_floatingips: [floating], conntrack_helpers: [{ protocol: 'tcp', port: 21, helper: 'ftp' }] },
  { id: 'b', admin_state_up: true },
];
const object = (data: JsonObject): JsonObject => ({ 'versioned_object.data': data });
const whole = object({ id: 'x', floatingip_id: 'f', protocol: 'tcp', external_port_range: '80:90', internal_port_range: '8080:8080', internal_ip_address: '10.0.0.5' });

/** What is asked of a server that has `routers`. */
function server(): { readonly rpc: L3PluginRpc; readonly asked: string[] } {
  const asked: string[] = [];
  const rpc: L3PluginRpc = {
    getRouterIds: async () => [],
    getRouterRevisions: async () => undefined,
    updateFloatingIpStatuses: async () => undefined,
    updateHaStates: async () => undefined,
    syncRouters: async (ids) => routers.filter(({ id }) => ids.includes(id)),
    async bulkPull(type, version, filters) {
      asked.push(`${type} ${version} ${JSON.stringify(filters)}`);
      return [whole, object({ id: 'y', floatingip_id: 'f' }), object({ id: 'z', floatingip_id: 'of nobody here' })];
    },
  };
  return { rpc, asked };
}

test('routers get their port forwardings from one question, and none is asked where none has any', async () => {
  const { rpc, asked } = server();
  const { syncRouters } = withRouterParts(rpc, ['port_forwarding']);
  expect(await syncRouters(['b'])).toEqual([routers[1]]);
  expect(asked).toEqual([]);
  expect(await syncRouters(['a', 'b'])).toEqual([
    { id: 'a', admin_state_up: true, _pf_floatingips: [floating], port_forwardings: [{ id: 'x', protocol: 'tcp', floatingAddress: '203.0.113.5', external: { first: 80, last: 90 }, internalAddress: '10.0.0.5', internal: { first: 8080, last: 8080 } }] },
    routers[1],
  ]);
  expect(asked).toEqual(['PortForwarding 1.3 {"floatingip_id":["f"]}']);
});

test('what an agent has no extension for it does not see', async () => {
  const { rpc, asked } = server();
  expect(await withRouterParts(rpc, []).syncRouters(['a'])).toEqual([{ id: 'a', admin_state_up: true }]);
  expect(await withRouterParts(rpc, ['conntrack_helper']).syncRouters(['a'])).toMatchObject([{ conntrack_helpers: [{ helper: 'ftp' }] }]);
  expect(asked).toEqual([]);
});

test('a part that changed names its router, or none', () => {
  const heard: (string | undefined)[] = [];
  const { methods } = routerPartEndpoint((routerId) => void heard.push(routerId));
  void methods['push']?.({}, { resource_list: [object({ id: 'x', router_id: 'a' }), object({ id: 'y', router_id: null })], event_type: 'updated' });
  expect(heard).toEqual(['a', undefined]);
  expect(() => methods['push']?.({}, { resource_list: 'x' })).toThrow('list');
});
