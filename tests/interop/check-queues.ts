import { boot } from './instance.ts';
import type { ComputeHosts, Installation } from './installation.ts';
import { leftOver } from './left-over.ts';
import { checker, eventually, problems, type Note } from './outcome.ts';
import { untilSeen } from './routers/scene.ts';

/** A server of ours tells all topics of Neutron while it knows an agent that needs them, and the few of ours else. The second host has Neutron's agents. */
export async function checkQueues({ api, queues }: Installation, compute: ComputeHosts, note: Note): Promise<void> {
  const check = checker('queues', note);
  const [ours, theirs] = compute.hosts;
  const network = await api.make('networks', { name: 'queues', 'provider:network_type': 'vxlan' });
  await api.make('subnets', { network_id: String(network['id']), name: 'queues', cidr: '10.77.0.0/24', ip_version: 4 });
  const group = String((await api.make('security-groups', { name: 'queues' }))['id']);
  const one = await boot(api, ours, 'queues-one', { network, groups: [group] });
  /** Of Neutron's notifications to L2 agents: what waits, as nobody takes it. */
  const waiting = async (): Promise<number> => [...(await queues())].filter(([name]) => name.startsWith('q-agent-notifier-')).reduce((sum, [, count]) => sum + count, 0);
  const changes = async (): Promise<void> => {
    for (const name of ['once', 'twice']) await api.change('ports', one.portId, { name });
    const rule = await api.make('security-group-rules', { security_group_id: group, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' });
    await api.remove('security-group-rules', String(rule['id']));
    // Whatever is told is told soon.
    await new Promise((resolve) => setTimeout(resolve, 3000));
  };
  const agentsOf = (host: string): Promise<readonly { readonly [name: string]: unknown }[]> => api.list('agents', `?host=${host}`);

  await check('agents of ours have few, those of Neutron their own', () => eventually(async () => {
    const names = [...(await queues()).keys()];
    const own = names.filter((name) => name.endsWith(`.${ours.name}`) && /^(agent-changes|dhcp_agent|q-agent-notifier-(port|security|l2|tunnel|network-delete))/.test(name)).toSorted();
    const few = [`agent-changes-dhcp.${ours.name}`, `agent-changes-l2.${ours.name}`];
    return problems([
      JSON.stringify(own) === JSON.stringify(few) ? '' : `${ours.name} has ${own.join(', ')}`,
      names.includes(`q-agent-notifier-port-update.${theirs.name}`) ? '' : `${theirs.name} has none for changed ports`,
    ].filter((line) => line !== ''));
  }));
  await compute.stop(theirs);
  await check("an agent of Neutron's that is away is told all the same", async () => {
    const before = await waiting();
    await changes();
    return (await waiting()) > before ? undefined : 'nothing waits for it';
  });
  await check("when it is deleted Neutron's topics are silent", async () => {
    const dead = await eventually(async () => ((await agentsOf(theirs.name)).every(({ alive }) => alive === false) ? undefined : 'its agents are not dead'));
    for (const { id } of await agentsOf(theirs.name)) await api.remove('agents', String(id));
    await changes();
    const before = await waiting();
    await changes();
    return dead ?? ((await waiting()) === before ? undefined : 'more and more waits');
  });
  await check('one that comes is heard, and told', async () => {
    await compute.start(theirs, 'neutron', ['linuxbridge', 'dhcp', 'metadata']);
    const alive = await eventually(async () => ((await agentsOf(theirs.name)).filter((agent) => agent['alive'] === true).length === 3 ? undefined : 'its agents do not live'));
    const two = await boot(api, theirs, 'queues-two', { network, groups: [group] });
    for (const instance of [one, two]) await instance.useAddress(24);
    const active = await untilSeen({ 'its port is ACTIVE': async () => (await api.show('ports', two.portId))['status'] === 'ACTIVE' });
    const shut = await untilSeen({ 'nobody is admitted': async () => !(await one.reaches(two.address)) });
    await api.make('security-group-rules', { security_group_id: group, direction: 'ingress', ethertype: 'IPv4' });
    const open = await untilSeen({ 'a rule of now admits': () => one.reaches(two.address) });
    await two.remove();
    return alive ?? active ?? shut ?? open;
  });
  await check('what was made goes', async () => {
    await one.remove();
    await api.remove('networks', String(network['id']));
    await api.remove('security-groups', group);
    return eventually(() => leftOver(compute.hosts));
  });
}
