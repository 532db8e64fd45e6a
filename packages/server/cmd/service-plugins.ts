import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';

/** Services of Neutron that this server always has, whether they are listed or not. */
const ALWAYS_THERE = new Set(['tag', 'timestamp', 'revisions']);

/** Neutron's other services, by the last part but one of their modules' names where that differs. */
const NOT_YET = new Set([
  'auto_allocate', 'bgp', 'conntrack_helper', 'evpn', 'firewall', 'flavors', 'local_ip', 'log', 'logapi', 'loki', 'metering', 'ndp_proxy', 'network_ip_availability',
  'network_segment_range', 'ovn-bgp', 'ovn-router', 'ovn_l3', 'placement', 'placement_report', 'port_forwarding', 'portforwarding', 'pvlan', 'qos', 'router', 'l3_router',
  'segments', 'trunk', 'vpnaas', 'sfc', 'taas', 'bgpvpn', 'networking_sfc',
]);

/** neutron.services.qos.qos_plugin.QoSPlugin → qos */
const MODULE = /^neutron\.services\.(\w+)\.[\w.]+$/;

/**
 * What `[DEFAULT] service_plugins` asks for that is not there: a warning each. Throws CannotStart for a name that is no service
 * of Neutron's.
 */
export function missingServices(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const service = MODULE.exec(name)?.[1] ?? name;
    if (ALWAYS_THERE.has(service)) return [];
    if (!NOT_YET.has(service)) throw new CannotStart(`[DEFAULT] service_plugins: there is no service "${name}"; there are ${[...ALWAYS_THERE].join(', ')}`);
    return [`[DEFAULT] service_plugins: ${name} is not available yet; the API answers without its extensions`];
  });
}
