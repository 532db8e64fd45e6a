import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { formatIp, isLinkLocal, parseIp } from '@neutrino/lib/net/ip';
import { macOfEui64 } from '@neutrino/lib/net/mac';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';

/** Bursts of a booting instance ask once; an address that another instance takes over is told apart soon. */
const CACHE_MS = 1_000;
const ROUTER_INTERFACE_OWNERS = ['network:router_interface', 'network:ha_router_replicated_interface', 'network:router_interface_distributed'];

/** Where a request came from, as the proxy says. Exactly one of network and router. */
export type RequestOrigin = { readonly address: string } & ({ readonly networkId: string } | { readonly routerId: string });

export interface Instance {
  readonly id: string;
  readonly projectId: string;
}

/** Finds the instance behind an address; undefined where there is none, or no single one. */
export type InstanceFinder = (origin: RequestOrigin) => Promise<Instance | undefined>;

export function createInstanceFinder(transport: Transport): InstanceFinder {
  const recent = new Map<string, { readonly expires: number; readonly instance: Promise<Instance | undefined> }>();
  return (origin) => {
    const now = performance.now();
    for (const [key, entry] of recent) if (entry.expires <= now) recent.delete(key);
    const key = JSON.stringify(origin);
    const known = recent.get(key);
    if (known !== undefined) return known.instance;
    const instance = find(transport, origin);
    recent.set(key, { expires: now + CACHE_MS, instance });
    // Only what was found is remembered: a port may be on its way.
    const forget = (): void => {
      if (recent.get(key)?.instance === instance) recent.delete(key);
    };
    instance.then((found) => found ?? forget(), forget);
    return instance;
  };
}

async function find(transport: Transport, origin: RequestOrigin): Promise<Instance | undefined> {
  const networks = 'networkId' in origin ? [origin.networkId] : await routerNetworks(transport, origin.routerId);
  const owner = addressFilter(origin.address);
  if (networks.length === 0 || owner === undefined) return undefined;
  const [port, ...others] = await getPorts(transport, { ...owner, network_id: networks });
  if (port === undefined || others.length > 0) return undefined;
  const { device_id: id, project_id: projectId = port['tenant_id'] } = port;
  return typeof id === 'string' && id !== '' && typeof projectId === 'string' ? { id, projectId } : undefined;
}

/** A link-local IPv6 address is no fixed address of any port, but has its MAC address inside. */
function addressFilter(text: string): JsonObject | undefined {
  // A proxy that listens for both versions on one socket sees IPv4 addresses in their IPv6 form.
  const ip = parseIp(text.replace(/^::ffff:(?=\d+\.)/i, ''));
  if (ip === undefined) return undefined;
  if (ip.version === 4 || !isLinkLocal(ip)) return { fixed_ips: { ip_address: [formatIp(ip)] } };
  const mac = macOfEui64(ip);
  return mac === undefined ? undefined : { mac_address: [mac] };
}

async function routerNetworks(transport: Transport, routerId: string): Promise<readonly string[]> {
  const ports = await getPorts(transport, { device_id: [routerId], device_owner: ROUTER_INTERFACE_OWNERS });
  return ports.flatMap((port) => (typeof port['network_id'] === 'string' ? [port['network_id']] : []));
}

async function getPorts(transport: Transport, filters: JsonObject): Promise<readonly JsonObject[]> {
  const ports = await transport.call({}, { topic: topics.plugin, version: '1.0' }, 'get_ports', { filters });
  return Array.isArray(ports) ? ports.filter(isJsonObject) : [];
}
