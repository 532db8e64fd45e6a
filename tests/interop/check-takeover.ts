import type { LabHost } from '../support/hosts/lab-host.ts';
import type { ComputeHosts, Outside } from './installation.ts';
import { boot } from './instance.ts';
import { leftOver, namespacesOf } from './left-over.ts';
import type { NetworkApi } from './network-api.ts';
import { checker, eventually, problems, type Note } from './outcome.ts';
import type { Make } from './programs.ts';
import { openScene, untilSeen } from './routers/scene.ts';
import { steadyFlow } from './steady-flow.ts';

/**
 * All agents of the host with the router are exchanged for those of the other make, and back, as operators do it: they are stopped, and the others are started with the same
 * files. What was wired goes on, and each make handles all that it finds.
 */
export async function checkTakeover(api: NetworkApi, compute: ComputeHosts, outside: Outside, first: Make, note: Note): Promise<void> {
  const check = checker('takeover', note);
  const scene = await openScene(api, compute, outside, check);
  const { router: host } = compute;
  const far = compute.hosts[0] === host ? compute.hosts[1] : compute.hosts[0];
  const { east, west, routerId, external, namespace } = scene;
  await east.useAddress(24, '10.73.1.1');
  await west.useAddress(24, '10.73.2.1');
  const own = east.host === host ? east : west;
  const network = await api.make('networks', { name: 'lone', 'provider:network_type': 'vxlan' });
  const networkId = String(network['id']);
  await api.make('subnets', { network_id: networkId, name: 'lone', cidr: '10.74.0.0/24', ip_version: 4 });
  const [open, shut] = [String((await api.make('security-groups', { name: 'open' }))['id']), String((await api.make('security-groups', { name: 'shut' }))['id'])];
  await api.make('security-group-rules', { security_group_id: open, direction: 'ingress', ethertype: 'IPv4' });
  const here = await boot(api, host, 'here', { network, groups: [open] });
  const there = await boot(api, far, 'there', { network, groups: [open] });
  const lone = [here, there] as const;
  /** Through the DHCP server of that host, whatever its lease says. */
  const askHere = async (): Promise<void> => {
    const [port] = await api.list('ports', `?network_id=${networkId}&device_owner=network:dhcp&binding:host_id=${host.name}`);
    const [{ ip_address: address } = { ip_address: '' }] = (port?.['fixed_ips'] ?? []) as readonly { readonly ip_address: string }[];
    await host.run(['ip', 'route', 'replace', '169.254.169.254', 'via', address, 'dev', 'eth0'], { netns: here.name, accept: [2] });
  };
  const works = (): Promise<string | undefined> => untilSeen({
    'the two of the lone network talk': async () => (await here.reaches(there.address)) && (await there.reaches(here.address)),
    'the east reaches the west': () => east.reaches(west.address),
    'the east reaches the west by IPv6': () => east.reaches(west.address6 ?? ''),
    'the west reaches the outside': () => west.reaches(outside.address),
    'metadata comes through the router': async () => (await west.metadata('/latest/meta-data/instance-id')).includes(`"x-instance-id":"${west.deviceId}"`),
    'metadata comes through the DHCP server': async () => {
      await askHere();
      return (await here.metadata('/latest/meta-data/instance-id')).includes(`"x-instance-id":"${here.deviceId}"`);
    },
  });
  /** Numbers of the programs that serve its networks and the router, and what flows are known by. */
  const servants = async (): Promise<string> => {
    const count = async (pattern: string): Promise<string> => (await host.run(['pgrep', '-cf', pattern], { accept: [1] })).stdout.trim();
    // Flows are known by their zone: with another one those that are open would not be.
    const [, zone] = new RegExp(`-i brq${networkId.slice(0, 11)} .*--zone (\\d+)`).exec((await host.run(['iptables-save', '-t', 'raw'])).stdout) ?? [];
    return `${await count(`^dnsmasq.*/${networkId}/`)} dnsmasq, ${await count(`^radvd.*${routerId}`)} radvd, flows in zone ${zone}`;
  };
  await check('what is to be taken over works', async () => {
    const active = await eventually(async () => problems((await Promise.all([...lone, east, west].map(async ({ name, portId }) => `${name} ${String((await api.show('ports', portId))['status'])}`))).filter((line) => !line.endsWith('ACTIVE'))));
    for (const instance of lone) await instance.useAddress(24);
    return active ?? (await works());
  });
  const before = await servants();

  for (const make of first === 'ours' ? (['neutron', 'ours'] as const) : (['ours', 'neutron'] as const)) {
    const of = make === 'ours' ? "ours take over from Neutron's" : "Neutron's take over from ours";
    const pings = await Promise.all(([[here, there.address], [east, west.address], [west, outside.address]] as const).map(async ([from, to]) => [`from ${from.name} to ${to}`, await from.pings(to)] as const));
    await using flow = await steadyFlow(here, there, 7777);
    await check(`${of}: agents live`, async () => {
      const since = new Date(Date.now() - 1000).toISOString().replace('T', ' ').slice(0, 19);
      await compute.exchange(host, make);
      return eventually(async () => {
        const alive = (await api.list('agents', `?host=${host.name}`)).filter((agent) => agent['alive'] === true && String(agent['started_at']) >= since);
        return alive.length === 4 ? undefined : `${alive.length} of 4 agents live`;
      });
    });
    // What ours has for its own, nobody else takes away (docs/operations.md).
    if (make === 'neutron') await host.run(['nft', 'delete', 'table', 'bridge', 'neutrino']);
    await check(`${of}: a new instance is wired and served`, () => newInstance());
    await check(`${of}: what was there works`, () => works());
    await check(`${of}: another address is let through, and no longer`, async () => {
      await api.change('ports', here.portId, { allowed_address_pairs: [{ ip_address: '10.74.0.200' }] });
      await here.addAddress('10.74.0.200');
      const admitted = await untilSeen({ 'it is let through': () => here.reaches(there.address, '10.74.0.200') });
      await api.change('ports', here.portId, { allowed_address_pairs: [] });
      const not = await untilSeen({ 'it is let through no longer': async () => !(await here.reaches(there.address, '10.74.0.200')) });
      await host.run(['ip', 'address', 'delete', '10.74.0.200/24', 'dev', 'eth0'], { netns: here.name });
      return admitted ?? not;
    });
    await check(`${of}: groups hold`, async () => {
      await api.change('ports', here.portId, { security_groups: [shut] });
      const closed = await untilSeen({ 'nobody is admitted': async () => !(await there.reaches(here.address)) });
      await api.change('ports', here.portId, { security_groups: [open] });
      return closed ?? (await untilSeen({ 'who is admitted again gets in': () => there.reaches(here.address) }));
    });
    await check(`${of}: a floating IP of meanwhile leads in, and no longer`, async () => {
      const floating = await api.make('floatingips', { floating_network_id: String(external['id']), port_id: own.portId });
      const isReached = async (): Promise<boolean> => (await outside.run(['ping', '-n', '-c2', '-i0.3', '-W1', String(floating['floating_ip_address'])], { accept: [1] })).code === 0;
      const reached = await untilSeen({ 'it is reached': isReached, 'it is ACTIVE': async () => (await api.show('floatingips', String(floating['id'])))['status'] === 'ACTIVE' });
      await api.remove('floatingips', String(floating['id']));
      return reached ?? (await untilSeen({ 'it is gone': async () => !(await isReached()) }));
    });
    await check(`${of}: nothing is there twice, and nothing is left`, () => eventually(async () => problems([
      ...((await servants()) === before ? [] : [`there are ${await servants()} instead of ${before}`]),
      ...(await remains(host, make)),
    ])));
    await check(`${of}: no packet was lost, no connection broke`, async () => {
      const lost = await Promise.all(pings.map(async ([what, end]) => [what, await end()] as const));
      const longestGapMs = await flow.end();
      return problems([...lost.filter(([, { lost: packets, sent }]) => packets > 0 || sent < 20).map(([what, { lost: packets, sent }]) => `${packets} of ${sent} packets ${what} were lost`), ...(longestGapMs < 3000 ? [] : [`the connection stood still for ${longestGapMs} ms`])]);
    });
  }
  await check('what was made goes', async () => {
    for (const instance of lone) await instance.remove();
    await scene.removeRouter();
    const gone = await untilSeen({ 'its namespaces are gone': async () => (await namespacesOf(host, namespace)).length === 0 });
    await scene.remove();
    await api.remove('networks', networkId);
    for (const group of [open, shut]) await api.remove('security-groups', group);
    return gone ?? (await eventually(() => leftOver(compute.hosts)));
  });

  async function newInstance(): Promise<string | undefined> {
    const added = await boot(api, host, 'added', { network, groups: [open] });
    const seen = await untilSeen({
      'it is ACTIVE': async () => (await api.show('ports', added.portId))['status'] === 'ACTIVE',
      'the DHCP server of its host knows it': () => Promise.resolve(host.read(`/var/lib/neutron/dhcp/${networkId}/host`).includes(added.address)),
    });
    const lease = await added.dhcp();
    await added.useAddress(24);
    const reached = await untilSeen({ 'it is reached': () => there.reaches(added.address), 'it reaches others': () => added.reaches(there.address) });
    await added.remove();
    const rules = await untilSeen({
      'its rules are gone': async () => {
        const saved = await Promise.all([['iptables-save'], ['ip6tables-save'], ['nft', 'list', 'ruleset', 'bridge']].map((argv) => host.run(argv as [string], { accept: [1, 2] })));
        return saved.every(({ code, stdout }) => code === 0 && !stdout.includes(added.tap.slice(3)));
      },
    });
    return seen ?? (lease === added.address ? undefined : `it got ${lease}`) ?? reached ?? rules;
  }
}

/** What only the other make has. */
async function remains(host: LabHost, make: Make): Promise<readonly string[]> {
  const bridge = (await host.run(['nft', 'list', 'ruleset', 'bridge'])).stdout;
  if (make === 'neutron') return bridge.includes('table bridge neutrino') ? ['the guard of ours'] : [];
  const programs = (await host.run(['pgrep', '-af', '^haproxy|keepalived-state-change'], { accept: [1] })).stdout.trim();
  return [...(/neutron(ARP|MAC)-/.test(bridge) ? ["chains of Neutron's guard"] : []), ...(programs === '' ? [] : [programs])];
}
