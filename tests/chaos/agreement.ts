import { bridgeName, tapName, vxlanName } from '@neutrino/agent/l2/device-names';
import { groupChain, groupSetName, ipsetName, isGroupChain, isPortChain, portChain } from '@neutrino/agent/l2/filter-names';
import type { JsonObject } from '@neutrino/lib/json';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { Cloud } from './cloud.ts';
import { difference } from './difference.ts';
import { routingDisagreements } from './routing-agreement.ts';

interface Port {
  readonly id: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly status: string;
  readonly device_owner: string;
  readonly 'binding:host_id': string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
  readonly security_groups: readonly string[];
}

interface Rule {
  readonly security_group_id: string;
  readonly direction: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly remote_group_id: string | null;
}

/** What the API says, as far as hosts have to do with it. */
interface Desired {
  readonly ports: readonly Port[];
  readonly rules: readonly Rule[];
  /** Network → the number of its tunnels. */
  readonly networks: ReadonlyMap<string, number>;
  readonly served: readonly { readonly network_id: string }[];
  readonly agents: readonly { readonly agent_type: string; readonly host: string; readonly alive: boolean }[];
}

/** What a host's kernel has, and its DHCP servers. */
interface Actual {
  /** Device → the bridge that it is in. */
  readonly masters: ReadonlyMap<string, string | undefined>;
  readonly chains: ReadonlySet<string>;
  /** Chain → ports that it lets through. */
  readonly openPorts: ReadonlyMap<string, readonly number[]>;
  /** Set → members. */
  readonly ipsets: ReadonlyMap<string, readonly string[]>;
  /** Tunnel device → what it was told: `MAC address at address`. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  /** Network → MAC addresses that its DHCP server knows; whether that runs. */
  readonly dhcp: ReadonlyMap<string, { readonly runs: boolean; readonly macs: readonly string[] }>;
}

const SNAPSHOT = `
ip -j link; echo '####'
iptables-save -t filter; echo '####'
ipset save; echo '####'
bridge -j fdb show; echo '####'
cd /var/lib/neutron/dhcp 2>/dev/null && for network in *; do
  [ -e "$network/pid" ] || continue
  kill -0 "$(cat "$network/pid")" 2>/dev/null && echo "= $network runs" || echo "= $network stands"
  cat "$network/host"
done
true`;

/** What API, kernels and agents do not agree upon, in words; nothing when they agree. */
export async function disagreements(cloud: Cloud): Promise<readonly string[]> {
  const desired = await desiredBy(cloud);
  const complaints = await Promise.all(
    cloud.lab.hosts.map(async (host) => {
      const actual = await actualOn(host);
      return [...wiring(host, desired, actual), ...filters(host, desired, actual), ...leftovers(host, desired, actual), ...(cloud.l2population ? tunnels(host, cloud.lab.hosts, desired, actual) : []), ...(host === cloud.lab.controller ? dhcp(desired, actual) : [])];
    }),
  );
  const dead = desired.agents.filter(({ alive }) => !alive).map(({ agent_type, host }) => `${agent_type} on ${host} is not alive`);
  return [...dead, ...complaints.flat(), ...(await routingDisagreements(cloud))];
}

async function desiredBy(cloud: Cloud): Promise<Desired> {
  const list = async (collection: string): Promise<readonly JsonObject[]> => (await cloud.api('GET', `/v2.0/${collection}`))[collection.replaceAll('-', '_')] as readonly JsonObject[];
  const [ports, rules, networks, subnets, agents] = await Promise.all(['ports', 'security-group-rules', 'networks', 'subnets', 'agents'].map(list));
  return {
    ports: ports as unknown as readonly Port[],
    rules: rules as unknown as readonly Rule[],
    networks: new Map((networks ?? []).map((network) => [String(network['id']), Number(network['provider:segmentation_id'])])),
    served: (subnets ?? []).filter(({ enable_dhcp, ip_version }) => enable_dhcp === true && ip_version === 4) as unknown as Desired['served'],
    agents: agents as unknown as Desired['agents'],
  };
}

async function actualOn(host: LabHost): Promise<Actual> {
  const { stdout } = await host.run(['bash', '-c', SNAPSHOT], { timeoutMs: 60_000 });
  const [links = '', filter = '', sets = '', forwarding = '', served = ''] = stdout.split('####\n');
  const devices = JSON.parse(links) as readonly { readonly ifname: string; readonly master?: string }[];
  const openPorts = new Map<string, number[]>();
  for (const [, chain = '', port] of filter.matchAll(/^-A (\S+) .*--dport (\d+)/gm)) openPorts.set(chain, [...(openPorts.get(chain) ?? []), Number(port)]);
  const ipsets = new Map<string, string[]>();
  for (const [, name = ''] of sets.matchAll(/^create (\S+)/gm)) ipsets.set(name, []);
  for (const [, name = '', member = ''] of sets.matchAll(/^add (\S+) (\S+)/gm)) ipsets.get(name)?.push(member);
  const told = new Map<string, string[]>();
  for (const { mac, ifname, dst, state } of JSON.parse(forwarding) as readonly { readonly mac: string; readonly ifname: string; readonly dst?: string; readonly state?: string }[]) {
    if (dst !== undefined && state === 'permanent') told.set(ifname, [...(told.get(ifname) ?? []), `${mac} at ${dst}`]);
  }
  const servers = served.split(/^= /m).slice(1).map((text) => {
    const [first = '', ...lines] = text.split('\n');
    const [network = '', state] = first.split(' ');
    return [network, { runs: state === 'runs', macs: lines.filter(Boolean).map((line) => line.split(',')[0] ?? '') }] as const;
  });
  return {
    masters: new Map(devices.map(({ ifname, master }) => [ifname, master])),
    chains: new Set([...filter.matchAll(/^:(\S+)/gm)].map(([, chain = '']) => chain)),
    openPorts,
    ipsets,
    told,
    dhcp: new Map(servers),
  };
}

/** Ports of instances whose wire is there. */
function pluggedOn(host: LabHost, { ports }: Desired, { masters }: Actual): readonly Port[] {
  return ports.filter((port) => port['binding:host_id'] === host.name && masters.has(tapName(port.id)));
}

function wiring(host: LabHost, desired: Desired, actual: Actual): readonly string[] {
  return pluggedOn(host, desired, actual).flatMap(({ id, network_id, status }) => [
    ...(actual.masters.get(tapName(id)) === bridgeName(network_id) ? [] : [`${host.name}: ${tapName(id)} is in ${actual.masters.get(tapName(id)) ?? 'no bridge'} rather than ${bridgeName(network_id)}`]),
    ...(status === 'ACTIVE' ? [] : [`${host.name}: port ${id} is ${status}`]),
  ]);
}

function filters(host: LabHost, desired: Desired, actual: Actual): readonly string[] {
  return pluggedOn(host, desired, actual)
    .filter(({ device_owner }) => device_owner.startsWith('compute:'))
    .flatMap(({ id, security_groups: groups }) => {
      const set = groupSetName(groups.toSorted());
      const chain = groupChain('ingress', set);
      const own = (['i', 'o'] as const).map((kind) => portChain(kind, tapName(id)));
      const missing = [...own, ...(groups.length === 0 ? [] : [chain, groupChain('egress', set)])].filter((name) => !actual.chains.has(name));
      const rules = desired.rules.filter(({ security_group_id, direction }) => groups.includes(security_group_id) && direction === 'ingress');
      const wanted = rules.flatMap(({ port_range_min: port }) => (port === null ? [] : [port]));
      const remote = rules.flatMap(({ remote_group_id: group }) => (group === null ? [] : [group]));
      return [
        ...missing.map((name) => `${host.name}: there is no chain ${name}`),
        ...difference(`${host.name}: ports open in ${chain}`, wanted.map(String), (actual.openPorts.get(chain) ?? []).filter((port) => port >= 10_000).map(String)),
        ...remote.flatMap((group) => difference(`${host.name}: members of ${ipsetName(group, 'IPv4')}`, membersOf(group, desired), actual.ipsets.get(ipsetName(group, 'IPv4')) ?? [])),
      ];
    });
}

function membersOf(group: string, { ports }: Desired): readonly string[] {
  return ports.filter(({ security_groups: groups }) => groups.includes(group)).flatMap(({ fixed_ips: addresses }) => addresses.map(({ ip_address: address }) => address));
}

const FLOOD = '00:00:00:00:00:00';

/** What a host must have been told of the ports of its networks that are on others. */
function tunnels(host: LabHost, hosts: readonly LabHost[], { ports, networks }: Desired, actual: Actual): readonly string[] {
  const addresses = new Map(hosts.map(({ name, address }) => [name, address]));
  return [...networks].flatMap(([id, vni]) => {
    const device = vxlanName(vni);
    if (!actual.masters.has(device)) return [];
    const elsewhere = ports.filter((port) => port.network_id === id && port.status === 'ACTIVE' && port['binding:host_id'] !== host.name && addresses.has(port['binding:host_id']));
    const wanted = elsewhere.flatMap((port) => [FLOOD, port.mac_address].map((mac) => `${mac} at ${addresses.get(port['binding:host_id']) ?? ''}`));
    return difference(`${host.name}: behind ${device}`, [...new Set(wanted)], actual.told.get(device) ?? []);
  });
}

function leftovers(host: LabHost, desired: Desired, actual: Actual): readonly string[] {
  const taps = new Set(desired.ports.map(({ id }) => tapName(id)));
  const ids = new Set([...taps].map((tap) => tap.slice(3, 13)));
  const bridges = new Set([...desired.networks.keys()].map(bridgeName));
  const sets = new Set(desired.ports.flatMap(({ security_groups: groups }) => (['ingress', 'egress'] as const).map((direction) => groupChain(direction, groupSetName(groups.toSorted())))));
  return [
    ...[...actual.chains].filter((chain) => isGroupChain(chain) && !sets.has(chain)).map((chain) => `${host.name}: chain ${chain} is left over`),
    ...[...actual.chains].filter((chain) => isPortChain(chain) && !ids.has(chain.slice(-10))).map((chain) => `${host.name}: chain ${chain} is left over`),
    ...[...actual.masters].filter(([device, master]) => device.startsWith('tap') && master !== undefined && !taps.has(device)).map(([device]) => `${host.name}: ${device} is left in a bridge`),
    ...[...actual.masters.keys()].filter((device) => device.startsWith('brq') && !bridges.has(device)).map((device) => `${host.name}: ${device} is left over`),
  ];
}

function dhcp({ ports, served, networks }: Desired, actual: Actual): readonly string[] {
  const ids = new Set(served.map(({ network_id: id }) => id));
  return [
    ...[...ids].flatMap((id) => {
      const server = actual.dhcp.get(id);
      if (server === undefined) return [`network ${id} has no DHCP server`];
      const own = ports.filter(({ network_id: network }) => network === id);
      const macs = own.filter(({ device_owner: owner, fixed_ips: addresses }) => owner !== 'network:dhcp' && addresses.length > 0).map(({ mac_address: mac }) => mac);
      const ready = own.some(({ device_owner: owner, status }) => owner === 'network:dhcp' && status === 'ACTIVE');
      return [
        ...(server.runs ? [] : [`the DHCP server of network ${id} does not run`]),
        ...(ready ? [] : [`the DHCP port of network ${id} is not ACTIVE`]),
        ...difference(`DHCP entries of network ${id}`, macs, server.macs),
      ];
    }),
    ...[...actual.dhcp.keys()].filter((id) => !networks.has(id)).map((id) => `the DHCP server of network ${id} is left over`),
  ];
}
