import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { RouterInfo, RouterPortForwarding } from '@neutrino/lib/rpc/router-payloads';
import type { L3Extension } from './l3-settings.ts';
import type { L3PluginRpc } from './plugin-rpc.ts';

/** The objects that parts of routers are, in the versions that are understood here. */
export const routerPartVersions = { PortForwarding: '1.3', ConntrackHelper: '1.0' } as const;

/** Routers as this agent is to make them: with their port forwardings, which servers give apart, and without what it is not to have. */
export function withRouterParts(rpc: L3PluginRpc, extensions: readonly L3Extension[]): L3PluginRpc {
  return {
    ...rpc,
    async syncRouters(ids) {
      const routers = await rpc.syncRouters(ids);
      const forwardings = extensions.includes('port_forwarding') ? await forwardingsOf(rpc, routers) : undefined;
      return routers.map((router) => {
        const { _pf_floatingips: forwarding, conntrack_helpers: helpers, ...rest } = router;
        return {
          ...rest,
          ...(forwarding !== undefined && forwardings !== undefined && { _pf_floatingips: forwarding, port_forwardings: forwardings.get(router.id) ?? [] }),
          ...(helpers !== undefined && extensions.includes('conntrack_helper') && { conntrack_helpers: helpers }),
        };
      });
    },
  };
}

/** Router → its forwardings. One question for all of the routers; none where none has any. */
async function forwardingsOf(rpc: L3PluginRpc, routers: readonly RouterInfo[]): Promise<ReadonlyMap<string, readonly RouterPortForwarding[]>> {
  const floatingIps = new Map(routers.flatMap(({ id, _pf_floatingips: forwarding = [] }) => forwarding.map((floating) => [floating.id, { routerId: id, address: floating.floating_ip_address }] as const)));
  if (floatingIps.size === 0) return new Map();
  const objects = await rpc.bulkPull('PortForwarding', routerPartVersions.PortForwarding, { floatingip_id: [...floatingIps.keys()] });
  const found = objects.map(objectData).flatMap((data) => {
    const floating = floatingIps.get(String(data['floatingip_id']));
    const forwarding = floating === undefined ? undefined : forwardingIn(data, floating.address);
    return floating === undefined || forwarding === undefined ? [] : [{ routerId: floating.routerId, forwarding }];
  });
  return new Map([...Map.groupBy(found, ({ routerId }) => routerId)].map(([id, own]) => [id, own.map(({ forwarding }) => forwarding)]));
}

/** What an object of oslo.versionedobjects holds. */
export function objectData(object: Json): JsonObject {
  const data = isJsonObject(object) ? object['versioned_object.data'] : undefined;
  if (!isJsonObject(data)) throw new TypeError('what the server sent is no object');
  return data;
}

/** Undefined where it is not whole. */
function forwardingIn(data: JsonObject, floatingAddress: string): RouterPortForwarding | undefined {
  const [external, internal] = [rangeIn(data['external_port_range']), rangeIn(data['internal_port_range'])];
  const { id, protocol, internal_ip_address: address } = data;
  if (external === undefined || internal === undefined || typeof id !== 'string' || typeof protocol !== 'string' || typeof address !== 'string') return undefined;
  return { id, protocol, floatingAddress, external, internalAddress: address, internal };
}

/** "80", "80:90" or 80. */
function rangeIn(value: Json | undefined): RouterPortForwarding['external'] | undefined {
  const [, first, last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(String(value)) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}
