import type { JsonObject } from '@neutrino/lib/json';
import { namespacesOf } from '../left-over.ts';
import { untilSeen, type RoutedScene } from './scene.ts';

/** The agent that has the router: how it comes to it, and what becomes of the router without it. */
export async function checkAgentOfRouter({ api, check, compute, east, west, outside, external, routerId, namespace, changeRouter }: RoutedScene): Promise<void> {
  const { router: host, killRouting } = compute;
  const [agent] = await api.list('agents', `?agent_type=L3%20agent&host=${host.name}`);
  const agentId = String(agent?.['id']);
  const idsOf = async (path: string, collection: string): Promise<readonly unknown[]> => ((await api.request('GET', path))[collection] as readonly JsonObject[]).map(({ id }) => id);
  const isThere = async (): Promise<boolean> => (await namespacesOf(host, namespace)).length > 0 && (await east.reaches(west.address));
  const isGone = async (): Promise<boolean> => (await namespacesOf(host, namespace)).length === 0;
  const isReached = async (address: string): Promise<boolean> => (await outside.run(['ping', '-n', '-c2', '-i0.3', '-W1', address], { accept: [1] })).code === 0;

  await check('its agent is known', () => untilSeen({
    'the router has the agent': async () => JSON.stringify(await idsOf(`/routers/${routerId}/l3-agents`, 'agents')) === JSON.stringify([agentId]),
    'the agent has the router': async () => JSON.stringify(await idsOf(`/agents/${agentId}/l3-routers`, 'routers')) === JSON.stringify([routerId]),
  }));
  await check('an agent that is killed harms no packet, and learns what it missed', async () => {
    const answers = [await east.pings(west.address), await east.pings(outside.address)];
    const start = await killRouting();
    const floating = await api.make('floatingips', { floating_network_id: String(external['id']), port_id: west.portId });
    await start();
    const address = String(floating['floating_ip_address']);
    const learnt = await untilSeen({ 'a floating IP of meanwhile is reached': () => isReached(address), 'it is ACTIVE': async () => (await api.show('floatingips', String(floating['id'])))['status'] === 'ACTIVE' });
    const lost = (await Promise.all(answers.map((answer) => answer()))).map(({ lost: packets, sent }) => (packets === 0 && sent > 20 ? '' : `${packets} of ${sent} packets were lost`));
    await api.remove('floatingips', String(floating['id']));
    const gone = await untilSeen({ 'the floating IP is gone': async () => !(await isReached(address)) });
    return [learnt, ...lost, gone].filter((each) => each !== undefined && each !== '').join('; ') || undefined;
  });
  await check('an agent that is relieved of it removes it, and has it back when it is given it', async () => {
    await api.request('DELETE', `/agents/${agentId}/l3-routers/${routerId}`);
    const gone = await untilSeen({ 'it is gone': isGone, 'the agent has no router': async () => (await idsOf(`/agents/${agentId}/l3-routers`, 'routers')).length === 0 });
    await api.request('POST', `/agents/${agentId}/l3-routers`, { router_id: routerId });
    return gone ?? (await untilSeen({ 'it is back': isThere }));
  });
  await check('an agent that is switched off has no routers', async () => {
    await api.change('agents', agentId, { admin_state_up: false });
    const gone = await untilSeen({ 'it is gone': isGone });
    await api.change('agents', agentId, { admin_state_up: true });
    return gone ?? (await untilSeen({ 'it is back': isThere }));
  });
  await check('a router that is switched off is nowhere', async () => {
    await changeRouter({ admin_state_up: false });
    const gone = await untilSeen({ 'it is gone': isGone });
    await changeRouter({ admin_state_up: true });
    return gone ?? (await untilSeen({ 'it is back': isThere }));
  });
  await check('without its gateway it leads inside alone', async () => {
    await changeRouter({ external_gateway_info: {} });
    return await untilSeen({ 'the outside is not reached': async () => !(await east.reaches(outside.address)), 'the west is': () => east.reaches(west.address) });
  });
}
