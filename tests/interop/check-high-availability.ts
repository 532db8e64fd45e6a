import type { LabHost } from '../support/hosts/lab-host.ts';
import type { ComputeHosts, Outside } from './installation.ts';
import type { Instance } from './instance.ts';
import { leftOver, namespacesOf } from './left-over.ts';
import type { NetworkApi } from './network-api.ts';
import { checker, eventually, problems, type Note } from './outcome.ts';
import type { Make } from './programs.ts';
import { openScene, untilSeen } from './routers/scene.ts';

/** A highly available router with copies on both hosts, of agents of either make: who is active, what it serves, and what becomes of it where the active copy ends. */
export async function checkHighAvailability(api: NetworkApi, compute: ComputeHosts, outside: Outside, server: Make, note: Note): Promise<void> {
  const check = checker('ha', note);
  /** Neutron's server binds the ports of a router where a copy says that it has become active: not where it has been all the while, and another one was beside it. */
  let isBound = true;
  await using _agent = await compute.addRouting();
  await check('both L3 agents live', () => untilSeen({ 'two are alive': async () => (await api.list('agents', '?agent_type=L3%20agent&alive=true')).length === 2 }));
  const scene = await openScene(api, compute, outside, check, { ha: true });
  const { routerId, namespace, external, east, west } = scene;
  const { hosts } = compute;
  await east.useAddress(24, '10.73.1.1');
  await west.useAddress(24, '10.73.2.1');
  const floating = await api.make('floatingips', { floating_network_id: String(external['id']), port_id: east.portId });
  const shared = await api.make('floatingips', { floating_network_id: String(external['id']) });
  const forwarding = { protocol: 'tcp', external_port: 8080, internal_port: 80, internal_port_id: west.portId, internal_ip_address: west.address };
  const forwardings = `/floatingips/${String(shared['id'])}/port_forwardings`;
  const gateway = await scene.gatewayAddress();
  const url = `http://${outside.address}/`;
  const address = (floatingIp: typeof floating): string => String(floatingIp['floating_ip_address']);
  const otherThan = (host: LabHost): LabHost => (host === hosts[0] ? hosts[1] : hosts[0]);
  const inside = async (host: LabHost, ...argv: readonly [string, ...string[]]): Promise<string> => (await host.run(argv, { netns: namespace, accept: [1, 2] })).stdout;
  const isReached = async (to: string): Promise<boolean> => (await outside.run(['ping', '-n', '-c2', '-i0.3', '-W1', to], { accept: [1] })).code === 0;
  const forwarded = async (): Promise<string> => (await outside.run(['curl', '-sS', '--max-time', '3', `http://${address(shared)}:8080/`], { accept: [7, 28] })).stdout;
  await using _west = await west.serves('west');

  const states = async (): Promise<Readonly<Record<string, unknown>>> =>
    Object.fromEntries(((await api.request('GET', `/routers/${routerId}/l3-agents`))['agents'] as readonly { readonly host: string; readonly ha_state: unknown }[]).map(({ host, ha_state: state }) => [host, state]));
  /** Where all agree that it is active: the API, agents' files, the kernel, and the bindings of its ports. */
  const activeAt = async (host: LabHost): Promise<string | undefined> => {
    const waiting = otherThan(host);
    const [told, ports] = [await states(), await api.list('ports', `?device_id=${routerId}`)];
    const own = ports.filter(({ device_owner: owner }) => owner !== 'network:router_ha_interface');
    const [its, idle] = await Promise.all([host, waiting].map((each) => inside(each, 'ip', '-br', 'address')));
    const file = (each: LabHost): string => each.read(`/var/lib/neutron/ha_confs/${routerId}/state`);
    // Neutron's agent lets a copy that was active go on forwarding.
    const forwards = (await inside(host, 'sysctl', '-n', 'net.ipv6.conf.all.forwarding')).trim() === '1';
    const listening = await Promise.all([host, waiting].map(async (each) => (await inside(each, 'ss', '-Hltn', 'sport', '=', '9697')) !== ''));
    const keepalived = await Promise.all([host, waiting].map(async (each) => (await each.run(['pgrep', '-cf', `keepalived.*${routerId}/keepalived.conf`], { accept: [1] })).stdout.trim() === '2'));
    const radvd = await Promise.all([host, waiting].map(async (each) => (await each.run(['pgrep', '-cf', `radvd.*${routerId}`], { accept: [1] })).stdout.trim() !== '0'));
    const spoken = (text = ''): readonly string[] => text.split('\n').filter((line) => /^q[rg]-/.test(line) && /[0-9a-f]+[.:]+\S*\//.test(line));
    return problems([
      told[host.name] === 'active' && told[waiting.name] === 'standby' ? '' : `the API says ${JSON.stringify(told)}`,
      ...own.filter((port) => (isBound && port['binding:host_id'] !== host.name) || port['status'] !== 'ACTIVE').map((port) => `${String(port['device_owner'])} is ${String(port['status'])} on ${String(port['binding:host_id'])}`),
      spoken(its).length === 5 ? '' : `${host.name} has ${spoken(its).join(', ')}`,
      spoken(idle).length === 0 ? '' : `${waiting.name} has ${spoken(idle).join(', ')}`,
      file(host) === 'primary' && file(waiting) === 'backup' ? '' : `files say ${file(host)} and ${file(waiting)}`,
      forwards ? '' : `${host.name} does not forward IPv6`,
      listening.join(' ') === 'true false' ? '' : `metadata is served: ${listening.join(' ')}`,
      keepalived.join(' ') === 'true true' ? '' : `keepalived runs: ${keepalived.join(' ')}`,
      radvd.join(' ') === 'true false' ? '' : `radvd runs: ${radvd.join(' ')}`,
    ].filter((line) => line !== ''));
  };
  /** What is not there yet is a problem like others. */
  const untilActiveAt = (host: () => Promise<LabHost>): Promise<string | undefined> => eventually(() => host().then(activeAt).catch((error: unknown) => (error instanceof Error ? error.message : String(error))));
  const activeHost = async (): Promise<LabHost | undefined> => {
    const told = await states();
    const found = hosts.filter(({ name }) => told[name] === 'active');
    return found.length === 1 ? found[0] : undefined;
  };
  /** What reaches guests and what they reach; those on a host that is cut off are not asked. */
  const serves = (...guests: readonly Instance[]): Promise<string | undefined> => {
    const looks = guests.flatMap((guest): readonly (readonly [string, () => Promise<boolean>])[] => {
      const other = guests.find((each) => each !== guest);
      const isEast = guest === east;
      return [
        ...(other === undefined ? [] : [
          [`the ${guest.name} reaches the ${other.name}`, () => guest.reaches(other.address)] as const,
          [`the ${guest.name} reaches the ${other.name} by IPv6`, () => guest.reaches(other.address6 ?? '')] as const,
        ]),
        [`the ${guest.name} is seen as ${isEast ? address(floating) : gateway}`, async () => (await guest.fetches(url)) === (isEast ? address(floating) : gateway)],
        isEast ? ['the floating IP is reached', () => isReached(address(floating))] : ['a port leads to the west', async () => (await forwarded()) === 'west'],
        [`the ${guest.name} has a default route of IPv6`, async () => (await guest.host.run(['ip', '-6', 'route', 'show', 'default'], { netns: guest.name })).stdout.includes('via fe80:')],
        [`the ${guest.name} gets its metadata`, async () => (await guest.metadata('/latest/meta-data/instance-id')).includes(`"x-instance-id":"${guest.deviceId}"`)],
      ];
    });
    return untilSeen(Object.fromEntries(looks));
  };

  let active = hosts[0];
  await check('one copy is active, and all agree on it', () => untilActiveAt(async () => (active = (await activeHost()) ?? active)));
  // Neutron's agent loses one that comes before its router does.
  const { id: forwardingId } = (await api.request('POST', forwardings, { port_forwarding: forwarding }))['port_forwarding'] as { readonly id: string };
  await check('it serves its networks', () => serves(east, west));
  for (const time of ['once', 'and back']) {
    const next = otherThan(active);
    await check(`keepalived of the active copy ends: the other takes over, ${time}`, async () => {
      await active.run(['kill', active.read(`/var/lib/neutron/ha_confs/${routerId}.pid.keepalived`).trim()]);
      const agreed = await untilActiveAt(() => Promise.resolve(next));
      active = next;
      return agreed ?? (await serves(east, west));
    });
  }
  await check('a floating IP of meanwhile is on the active copy alone', async () => {
    const added = await api.make('floatingips', { floating_network_id: String(external['id']) });
    await api.change('floatingips', String(floating['id']), { port_id: null });
    await api.change('floatingips', String(added['id']), { port_id: east.portId });
    const there = await untilSeen({ 'it is reached': () => isReached(address(added)) });
    await api.remove('floatingips', String(added['id']));
    const gone = await untilSeen({ 'it is gone': async () => !(await isReached(address(added))) });
    await api.change('floatingips', String(floating['id']), { port_id: east.portId });
    return there ?? gone ?? (await untilActiveAt(() => Promise.resolve(active))) ?? (await serves(east, west));
  });
  await check('the host of the active copy is cut off: the other takes over', async () => {
    const next = otherThan(active);
    await active.cut();
    const taken = await serves(...[east, west].filter(({ host }) => host === next));
    await active.heal();
    return taken;
  });
  isBound = server === 'ours';
  await check('one is active when both are back', () => untilActiveAt(async () => (active = (await activeHost()) ?? active)));
  await check('it serves its networks as before', () => serves(east, west));
  await check('what was made goes', async () => {
    await api.request('DELETE', `${forwardings}/${forwardingId}`);
    for (const { id } of [floating, shared]) await api.remove('floatingips', String(id));
    await scene.removeRouter();
    const gone = await untilSeen({ 'its namespaces are gone': async () => (await Promise.all(hosts.map((host) => namespacesOf(host, namespace)))).flat().length === 0 });
    await scene.remove();
    const networks = await untilSeen({ 'the network of copies is gone': async () => (await api.list('networks')).length === 0 });
    return gone ?? networks ?? (await eventually(() => leftOver(hosts)));
  });
}
