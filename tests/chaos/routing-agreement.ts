import { externalDevice, internalDevice, NAMESPACE_PREFIX } from '@neutrino/agent/l3/device-names';
import type { JsonObject } from '@neutrino/lib/json';
import type { Cloud } from './cloud.ts';
import { difference } from './difference.ts';

/** What the API says of routers. */
interface Desired {
  readonly routers: readonly Router[];
  readonly ports: readonly Port[];
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly floating: readonly FloatingIp[];
}

interface Router {
  readonly id: string;
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly external_gateway_info: JsonObject | null;
}

interface Port {
  readonly id: string;
  readonly device_id: string;
  readonly device_owner: string;
  readonly status: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}

interface Subnet {
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly ip_version: number;
}

interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly router_id: string | null;
  readonly status: string;
}

/** What the kernel has of a router, each list of words that are the same where the two agree. */
interface Actual {
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly translations: readonly string[];
  readonly servesMetadata: boolean;
  readonly advertises: boolean;
}

// 25E1: port 9697, on which a router takes requests for metadata; 0A: it listens. proc_pid_net(5).
const SNAPSHOT = `
for namespace in $(ip netns list | grep -o '^${NAMESPACE_PREFIX}[^ ]*'); do
  echo "=$namespace"
  ip netns exec $namespace sh -c "ip -j address; echo '####'; ip -j route; echo '####'; iptables-save -t nat; echo '####'; grep -q ':25E1 .* 0A ' /proc/net/tcp && echo metadata"
  kill -0 "$(cat /var/lib/neutron/external/pids/\${namespace#${NAMESPACE_PREFIX}}.pid.radvd 2>/dev/null)" 2>/dev/null && echo radvd
done
true`;

/** What API and kernel of the routers' host do not agree upon, in words. */
export async function routingDisagreements({ api, routing: { host } }: Cloud): Promise<readonly string[]> {
  const [desired, { stdout }] = await Promise.all([desiredBy(api), host.run(['bash', '-c', SNAPSHOT], { timeoutMs: 60_000 })]);
  const actual = new Map(stdout.split(/^=/m).slice(1).map((text) => {
    const [name = ''] = text.split('\n', 1);
    return [name.slice(NAMESPACE_PREFIX.length), actualOf(text.slice(name.length + 1))] as const;
  }));
  const known = new Set(desired.routers.map(({ id }) => id));
  return [
    ...desired.routers.flatMap((router) => routerDisagreements(router, desired, actual.get(router.id))),
    ...[...actual.keys()].filter((id) => !known.has(id)).map((id) => `the namespace of router ${id} is left over`),
    ...desired.floating
      .filter(({ router_id: router, status }) => status !== (router === null ? 'DOWN' : 'ACTIVE'))
      .map(({ floating_ip_address: address, router_id: router, status }) => `floating IP ${address} ${router === null ? 'leads nowhere' : 'leads to a port'} and is ${status}`),
  ];
}

async function desiredBy(api: Cloud['api']): Promise<Desired> {
  const list = async (collection: string): Promise<readonly JsonObject[]> => (await api('GET', `/v2.0/${collection}`))[collection] as readonly JsonObject[];
  const [routers, ports, subnets = [], floating] = await Promise.all(['routers', 'ports', 'subnets', 'floatingips'].map(list));
  return {
    routers: routers as unknown as Desired['routers'],
    ports: ports as unknown as Desired['ports'],
    subnets: new Map(subnets.map((subnet) => [String(subnet['id']), subnet as unknown as Subnet])),
    floating: floating as unknown as Desired['floating'],
  };
}

function actualOf(text: string): Actual {
  const [devices = '[]', routes = '[]', nat = '', served = ''] = text.split('####\n');
  const links = JSON.parse(devices) as readonly { readonly ifname: string; readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[] }[];
  return {
    addresses: links.flatMap(({ ifname, addr_info: infos }) => infos.filter(({ scope }) => scope === 'global').map(({ local, prefixlen }) => `${local}/${prefixlen} on ${ifname}`)),
    routes: (JSON.parse(routes) as readonly { readonly dst: string; readonly gateway?: string; readonly protocol: string }[]).filter(({ protocol }) => protocol === 'static').map(({ dst, gateway }) => `${dst} via ${gateway ?? 'nothing'}`),
    translations: [...nat.matchAll(/^-A \S+ (.*)-j (?:DNAT --to-destination|SNAT --to-source) (\S+)/gm)].map(([, match = '', to]) => `${match}to ${to}`),
    servesMetadata: served.includes('metadata'),
    advertises: served.includes('radvd'),
  };
}

function routerDisagreements(router: Router, { ports, subnets, floating }: Desired, actual: Actual | undefined): readonly string[] {
  const name = `router ${router.id}`;
  if (actual === undefined) return [`${name} has no namespace`];
  const own = ports.filter(({ device_id: device }) => device === router.id);
  const gateway = own.find(({ device_owner: owner }) => owner === 'network:router_gateway');
  const translated = floating.filter(({ router_id: id }) => id === router.id);
  const deviceOf = (port: Port): string => (port === gateway ? externalDevice(port.id) : internalDevice(port.id));
  const addresses = own.flatMap((port) => port.fixed_ips.map(({ ip_address: address, subnet_id: subnet }) => `${address}/${subnets.get(subnet)?.cidr.split('/')[1] ?? ''} on ${deviceOf(port)}`));
  const [outside] = gateway?.fixed_ips ?? [];
  const next = subnets.get(outside?.subnet_id ?? '')?.gateway_ip;
  const routes = [...router.routes.map(({ destination, nexthop }) => `${destination} via ${nexthop}`), ...(typeof next === 'string' ? [`default via ${next}`] : [])];
  const device = gateway === undefined ? '' : deviceOf(gateway);
  const translations = [
    ...translated.flatMap(({ floating_ip_address: from, fixed_ip_address: to }) => [`-d ${from}/32 to ${to}`, `-s ${to}/32 to ${from}`]),
    ...(outside === undefined ? [] : [`-o ${device} to ${outside.ip_address}`]),
  ];
  const prefixes = own.some((port) => port !== gateway && port.fixed_ips.some(({ subnet_id: subnet }) => subnets.get(subnet)?.ip_version === 6));
  return [
    ...difference(`${name}: addresses`, [...addresses, ...translated.map(({ floating_ip_address: address }) => `${address}/32 on ${device}`)], actual.addresses),
    ...difference(`${name}: routes`, routes, actual.routes),
    ...difference(`${name}: translations`, translations, actual.translations.filter((rule) => !rule.startsWith('-m '))),
    ...own.filter(({ status }) => status !== 'ACTIVE').map(({ id, status }) => `${name}: port ${id} is ${status}`),
    ...(actual.servesMetadata ? [] : [`${name} does not serve metadata`]),
    ...(actual.advertises === prefixes ? [] : [`${name}: radvd ${prefixes ? 'does not run' : 'is left over'}`]),
  ];
}
