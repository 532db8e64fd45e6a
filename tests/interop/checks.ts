import type { JsonObject } from '@neutrino/lib/json';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { boot, type Instance } from './instance.ts';
import type { ComputeHosts } from './installation.ts';
import { leftOver } from './left-over.ts';
import type { NetworkApi } from './network-api.ts';
import { checker, eventually, problems, unless, type Note, type Outcome } from './outcome.ts';

export type NetworkKind = 'vxlan' | 'l2population' | 'flat' | 'vlan';

const kinds: Readonly<Record<NetworkKind, { readonly cidr: string; readonly provider: JsonObject }>> = {
  vxlan: { cidr: '10.71.0.0/24', provider: { 'provider:network_type': 'vxlan' } },
  l2population: { cidr: '10.75.0.0/24', provider: { 'provider:network_type': 'vxlan' } },
  flat: { cidr: '10.72.0.0/24', provider: { 'provider:network_type': 'flat', 'provider:physical_network': 'provider' } },
  vlan: { cidr: '10.76.0.0/24', provider: { 'provider:network_type': 'vlan', 'provider:physical_network': 'provider', 'provider:segmentation_id': 76 } },
};

/** Looks at a network of a kind with instances on both hosts, from the agents' start until nothing of it is left. */
export async function checkNetwork(api: NetworkApi, { hosts }: ComputeHosts, kind: NetworkKind, note: Note): Promise<void> {
  const check = checker(kind, note);
  const { cidr, provider } = kinds[kind];
  const network = await api.make('networks', { name: kind, ...provider });
  const networkId = String(network['id']);
  await api.make('subnets', { network_id: networkId, name: kind, cidr, ip_version: 4 });
  const dhcp6 = { ip_version: 6, ipv6_address_mode: 'dhcpv6-stateful', ipv6_ra_mode: 'dhcpv6-stateful' };
  // Neutron's Linux bridge agent gives up what it is told of a port with IPv6 where it is to answer for neighbours.
  const hasIpv6 = kind !== 'l2population';
  if (hasIpv6) await api.make('subnets', { network_id: networkId, name: `${kind}6`, cidr: `fd00:${cidr.split('.')[1] ?? ''}::/64`, ...dhcp6 });
  const friends = String((await api.make('security-groups', { name: `friends-${kind}` }))['id']);
  const strangers = String((await api.make('security-groups', { name: `strangers-${kind}` }))['id']);
  await api.make('security-group-rules', { security_group_id: friends, direction: 'ingress', ethertype: 'IPv4', remote_group_id: friends });
  const instances: Instance[] = [];
  const start = async (index: 0 | 1, name: string, group: string): Promise<Instance> => {
    const instance = await boot(api, hosts[index], `${name}-${kind}`, { network, groups: [group] });
    instances.push(instance);
    return instance;
  };
  const [one, two, stranger] = [await start(0, 'one', friends), await start(1, 'two', friends), await start(1, 'stranger', strangers)];
  const pairs = [[one, two], [two, one]] as const;

  await check('ports become ACTIVE', () => eventually(async () => {
    const statuses = await Promise.all(instances.map(async ({ name, portId }) => `${name} ${String((await api.show('ports', portId))['status'])}`));
    return problems(statuses.filter((status) => !status.endsWith('ACTIVE')));
  }));
  await check('DHCP answers', async () => {
    const leases = await Promise.all(instances.map(async (instance) => [instance, await instance.dhcp().catch((error: unknown) => `no lease: ${String(error)}`)] as const));
    return problems(leases.filter(([{ address }, lease]) => lease !== address).map(([{ name, address }, lease]) => `${name} got ${lease}, not ${address}`));
  });
  if (hasIpv6) await check('DHCPv6 answers', () => eventually(async () => {
    const leases = await Promise.all(instances.map(async (instance) => [instance, await instance.dhcp6()] as const));
    return problems(leases.filter(([{ address6 }, lease]) => lease !== address6).map(([{ name, address6 }, lease]) => `${name} got ${lease ?? 'no lease'}, not ${address6 ?? 'any'}`));
  }));
  // Whoever got no lease is not to fail everything else.
  for (const instance of instances) await instance.useAddress(24);
  await check('a DHCP server on each host', () => eventually(async () => {
    const ports = await api.list('ports', `?network_id=${networkId}&device_owner=network:dhcp`);
    const active = ports.filter(({ status }) => status === 'ACTIVE').map((port) => String(port['binding:host_id'])).toSorted();
    return JSON.stringify(active) === JSON.stringify(hosts.map(({ name }) => name)) ? undefined : `active DHCP ports on ${active.join(', ') || 'no host'}`;
  }));
  await check('metadata answers', () => eventually(async () => {
    const answers = await Promise.all([one, two].map(async (instance) => [instance, await instance.metadata('/latest/meta-data/instance-id')] as const));
    return problems(answers.filter(([{ deviceId }, answer]) => !answer.includes(`"x-instance-id":"${deviceId}"`)).map(([{ name }, answer]) => `${name} got ${answer.slice(0, 200) || 'nothing'}`));
  }));
  if (hasIpv6) await check('metadata answers by IPv6', () => eventually(async () => {
    const answers = await Promise.all([one, two].map(async (instance) => [instance, await instance.metadata('/latest/meta-data/instance-id', 6)] as const));
    return problems(answers.filter(([{ deviceId }, answer]) => !answer.includes(`"x-instance-id":"${deviceId}"`)).map(([{ name }, answer]) => `${name} got ${answer.slice(0, 200) || 'nothing'}`));
  }));
  await check('instances on different hosts talk', () => eventually(async () => problems(await unless(pairs, true, ([from, to]) => from.reaches(to.address)))));
  if (kind === 'l2population') {
    const device = `vxlan-${String(network['provider:segmentation_id'])}`;
    await check('tunnels lead to who is there, and neighbours are answered for', () => eventually(async () => problems((await Promise.all(pairs.map(([{ host }, other]) => tunnelProblems(host, device, other)))).flat())));
    await check('tunnels no longer lead to who has gone', async () => {
      const gone = await start(1, 'gone', friends);
      const there = await eventually(async () => problems(await tunnelProblems(one.host, device, gone)));
      await gone.remove();
      instances.splice(instances.indexOf(gone), 1);
      return there ?? (await eventually(async () => ((await tunnelProblems(one.host, device, gone)).length === 2 ? undefined : 'its entries are there')));
    });
  }
  await check('packets of the full MTU pass', async () => {
    const size = String(Number(network['mtu']) - 28);
    const { code } = await one.host.run(['ping', '-n', '-c2', '-W30', '-M', 'do', '-s', size, two.address], { netns: one.name, accept: [1, 2] });
    return code === 0 ? undefined : `${size} bytes do not reach the other host`;
  });
  await check('a remote group admits its members alone', async () => problems(await unless([one, two], false, (to) => stranger.reaches(to.address))));
  await check('a new member is admitted', async () => {
    await api.change('ports', stranger.portId, { security_groups: [friends] });
    const joined = await eventually(async () => problems(await unless([one, two], true, (to) => stranger.reaches(to.address))));
    await api.change('ports', stranger.portId, { security_groups: [strangers] });
    return joined ?? (await eventually(async () => problems(await unless([one, two], false, (to) => stranger.reaches(to.address)))));
  });
  await check('a rule that is added and removed takes effect', async () => {
    const rule = await api.make('security-group-rules', { security_group_id: friends, direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' });
    const open = await eventually(async () => problems(await unless([one, two], true, (to) => stranger.reaches(to.address))));
    await api.remove('security-group-rules', String(rule['id']));
    return open ?? (await eventually(async () => problems(await unless([one, two], false, (to) => stranger.reaches(to.address)))));
  });
  await check('nobody speaks from addresses of others', async () => {
    const spoofed = cidr.replace('.0/24', '.200');
    await Promise.all(pairs.map(([from]) => from.addAddress(spoofed)));
    return problems(await unless(pairs, false, ([from, to]) => from.reaches(to.address, spoofed)));
  });
  await check('what was made goes', async () => {
    for (const instance of instances) await instance.remove();
    const chains = await eventually(async () => {
      const left = await Promise.all(instances.map(async ({ name, tap, host }) => {
        // It fails where a set goes that it has just read of.
        const { code, stdout } = await host.run(['iptables-save'], { accept: [1, 2] });
        return code !== 0 || stdout.includes(tap.slice(3)) ? `rules of ${name} on ${host.name}` : '';
      }));
      return problems(left.filter((line) => line !== ''));
    });
    await api.remove('networks', networkId);
    for (const group of [friends, strangers]) await api.remove('security-groups', group);
    const devices = await eventually(() => leftOver(hosts));
    return [chains, devices].filter((each) => each !== undefined).join('; ') || undefined;
  });
}

/** What a host with `l2_population` and `arp_responder` lacks of an instance on another. */
async function tunnelProblems(host: LabHost, device: string, { name, address, macAddress, host: other }: Instance): Promise<readonly string[]> {
  const [forwarding, neighbours, link] = await Promise.all([['bridge', 'fdb', 'show', 'dev', device], ['ip', 'neighbour', 'show', 'dev', device], ['ip', '-d', 'link', 'show', device]].map(async (argv) => (await host.run(argv as [string], { accept: [1] })).stdout));
  return [
    ...(new RegExp(`${macAddress} .*dst ${other.address.replaceAll('.', '\\.')} `).test(forwarding ?? '') ? [] : [`no tunnel of ${host.name} leads to ${name}`]),
    ...((neighbours ?? '').includes(`${address} lladdr ${macAddress} PERMANENT`) ? [] : [`${host.name} does not answer for ${name}`]),
    ...(/ group \d/.test(link ?? '') ? [`${device} of ${host.name} is a multicast tunnel`] : []),
  ];
}

/** Whether all agents of the hosts report that they live. */
export async function checkAgents(api: NetworkApi, { hosts, agents }: ComputeHosts, prefix = ''): Promise<Outcome> {
  const started = performance.now();
  const since = new Date(Date.now() - 1000).toISOString().replace('T', ' ').slice(0, 19);
  const problem = await eventually(async () => {
    const dead = [...agents].filter(([, program]) => !program.isRunning()).map(([name, program]) => `${name} ended: ${program.output().slice(-300)}`);
    const listed = await api.list('agents');
    const alive = listed.filter((agent) => agent['alive'] === true && String(agent['started_at']) >= since && hosts.some(({ name }) => name === agent['host']));
    return dead.length > 0 ? dead.join('; ') : alive.length === agents.size ? undefined : `${alive.length} of ${agents.size} agents live`;
  });
  return { check: `${prefix}all agents live`, problem, seconds: (performance.now() - started) / 1000 };
}
