import { extensions } from '@neutrino/lib/api/definitions/index';
import { nearestName } from '@neutrino/lib/conf/nearest-name';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';

/** Neutron's services, and the extension by which one sees that this server has it; it then always has, listed or not. */
const EXTENSION_OF: Readonly<Record<string, string>> = {
  auto_allocate: 'auto-allocated-topology',
  conntrack_helper: 'l3-conntrack-helper',
  flavors: 'flavors',
  local_ip: 'local_ip',
  log: 'logging',
  metering: 'metering',
  ndp_proxy: 'l3-ndp-proxy',
  network_ip_availability: 'network-ip-availability',
  network_segment_range: 'network-segment-range',
  port_forwarding: 'floating-ip-port-forwarding',
  qos: 'qos',
  revisions: 'standard-attr-revisions',
  router: 'router',
  segments: 'segment',
  tag: 'standard-attr-tag',
  timestamp: 'standard-attr-timestamp',
  trunk: 'trunk',
};

/** Services of Neutron and its other repositories that have no extension of ours to come. */
const OTHERS = ['bgp', 'bgpvpn', 'evpn', 'firewall', 'firewall_v2', 'loki', 'networking_sfc', 'ovn-bgp', 'ovn-router', 'placement', 'pvlan', 'sfc', 'taas', 'vpnaas'];

/** The folders of Neutron's modules, where they are not called as the service is. */
const FOLDERS: Readonly<Record<string, string>> = { l3_router: 'router', logapi: 'log', ovn_l3: 'ovn-router', placement_report: 'placement', portforwarding: 'port_forwarding' };

/** neutron.services.qos.qos_plugin.QoSPlugin → qos */
const MODULE = /^neutron\.services\.(\w+)\.[\w.:]+$/;

/** The name of a service, which may be given as a module. */
function serviceOf(name: string): string {
  const folder = MODULE.exec(name)?.[1] ?? name;
  return FOLDERS[folder] ?? folder;
}

/** Whether `[DEFAULT] service_plugins` asks for it. */
export function hasService(names: readonly string[], service: string): boolean {
  return names.some((name) => serviceOf(name) === service);
}

/**
 * What `[DEFAULT] service_plugins` asks for that is not there: a warning each. Throws CannotStart for a name that is no service
 * of Neutron's.
 */
export function missingServices(names: readonly string[]): readonly string[] {
  const advertised = new Set(extensions.map(({ alias }) => alias));
  const known = [...Object.keys(EXTENSION_OF), ...OTHERS];
  return names.flatMap((name) => {
    const service = serviceOf(name);
    if (advertised.has(EXTENSION_OF[service] ?? '')) return [];
    if (known.includes(service)) return [`[DEFAULT] service_plugins: ${name} is not available yet; the API answers without its extensions`];
    const near = nearestName(service, known);
    throw new CannotStart(`[DEFAULT] service_plugins: there is no service "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`);
  });
}
