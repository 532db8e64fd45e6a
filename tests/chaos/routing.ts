import type { JsonObject } from '@neutrino/lib/json';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import type { Cloud } from './cloud.ts';
import type { Instance } from './instances.ts';
import type { End, Stream } from './traffic.ts';

/** A router that joins the cloud's networks, on the only host with an L3 agent, and an outside that it leads to. */
export interface Routing {
  readonly host: LabHost;
  readonly router: string;
  /** The network outside. */
  readonly outside: string;
  /** A machine outside, which knows nothing of what is behind the router. */
  readonly world: End;
}

/** Its L2 agent finds the wire to the outside, and is started when that is there. */
export const ROUTING_HOST = 'linux-node2';
/** The end of the wire to the outside on that host. */
const WIRE = 'outer';
export const OUTSIDE_MAPPING = `outside:${WIRE}`;
const WORLD = '203.0.113.1';
export const OUTSIDE = '203.0.113.0/24';

/** Wires the outside up and starts the agents of the routers' host. */
export async function startRoutingHost(lab: TwoHostsLab, host: LabHost): Promise<void> {
  await host.run(['ip', '-batch', '-'], { input: `netns add world\nlink add ${WIRE} type veth peer name eth0 netns world\nlink set ${WIRE} up\n` });
  await host.run(['ip', '-n', 'world', '-batch', '-'], { input: `link set lo up\nlink set eth0 up\naddress add ${WORLD}/24 dev eth0\n` });
  host.write('/etc/neutron/l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
  host.write('/etc/neutron/metadata_agent.ini', lab.controller.read('/etc/neutron/metadata_agent.ini'));
  for (const name of ['neutron-linuxbridge-agent', 'neutron-l3-agent', 'neutron-metadata-agent'] as const) await lab.start(host, name);
}

type Made = (path: string, body: JsonObject) => Promise<JsonObject>;

/** The router, with interfaces in these subnets and in one that it advertises. */
export async function makeRouting(host: LabHost, { api, made }: { readonly api: Cloud['api']; readonly made: Made }, subnets: readonly string[]): Promise<Routing> {
  const outside = String((await made('/v2.0/networks', { network: { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'outside' } }))['id']);
  await made('/v2.0/subnets', { subnet: { network_id: outside, ip_version: 4, cidr: OUTSIDE, gateway_ip: WORLD, enable_dhcp: false } });
  const { id: advertised } = await made('/v2.0/networks', { network: { name: 'advertised' } });
  const { id: prefix } = await made('/v2.0/subnets', {
    subnet: { network_id: String(advertised), ip_version: 6, cidr: 'fd00:10::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
  });
  const router = String((await made('/v2.0/routers', { router: { name: 'chaos', external_gateway_info: { network_id: outside } } }))['id']);
  for (const subnet of [...subnets, String(prefix)]) await api('PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
  return { host, router, outside, world: { name: 'world', host, address: WORLD } };
}

/** From the first of each host to one of another network, to the outside, and from there by floating IPs. */
export async function routedStreams(made: Made, { world, outside }: Routing, inside: { readonly near: readonly Instance[]; readonly far: readonly Instance[]; readonly other: Instance }): Promise<readonly Stream[]> {
  const [[near, secondNear], [far, secondFar], other] = [inside.near, inside.far, inside.other] as unknown as [[Instance, Instance], [Instance, Instance], Instance];
  const floating = async ({ portId }: Instance): Promise<string> => String((await made('/v2.0/floatingips', { floatingip: { floating_network_id: outside, port_id: portId } }))['floating_ip_address']);
  return [
    { name: `on ${near.host.name} by the router`, from: near, to: other },
    { name: `${far.host.name} to ${other.host.name} by the router`, from: far, to: other },
    { name: `on ${near.host.name} out`, from: secondNear, to: world },
    { name: `${far.host.name} to ${world.host.name} and out`, from: secondFar, to: world },
    { name: `on ${near.host.name} from outside`, from: world, to: near, at: await floating(near) },
    { name: `${world.host.name} to ${far.host.name} from outside`, from: world, to: far, at: await floating(far) },
  ];
}
