import type { JsonObject } from '@neutrino/lib/json';
import { eventually, problems } from '../outcome.ts';
import { BEHIND_WEST, untilSeen, type RoutedScene } from './scene.ts';

/** What passes a router: between its networks, and to the outside. */
export async function checkTraffic({ api, check, compute, east, west, outside, routerId, namespace, networks, gatewayAddress, changeRouter }: RoutedScene): Promise<void> {
  const url = `http://${outside.address}/`;
  await check('its ports become ACTIVE', () => eventually(async () => {
    const ports = [...(await api.list('ports', `?device_id=${routerId}`)), ...(await Promise.all([east, west].map(({ portId }) => api.show('ports', portId))))];
    return ports.length < 7 ? `${ports.length} ports` : problems(ports.filter(({ status }) => status !== 'ACTIVE').map((port) => `${String(port['device_owner'])} is ${String(port['status'])} on ${String(port['binding:host_id'])}`));
  }));
  await check('instances find their way by DHCP', async () => {
    const lease = await east.dhcp();
    await east.useAddress(24, '10.73.1.1');
    await west.useAddress(24, '10.73.2.1');
    return lease === east.address ? undefined : `got ${lease}, not ${east.address}`;
  });
  await check('its networks reach each other', () => untilSeen({ 'the east reaches the west': () => east.reaches(west.address), 'the west reaches the east': () => west.reaches(east.address) }));
  await check('its networks reach each other by IPv6', () => untilSeen({ 'the east reaches the west': () => east.reaches(west.address6 ?? ''), 'the west reaches the east': () => west.reaches(east.address6 ?? '') }));
  await check('hosts take none of its addresses', async () => {
    const taken = await Promise.all(compute.hosts.map(async (host) => ((await host.run(['ip', '-o', '-6', 'address', 'show', 'scope', 'global'])).stdout.includes('fd00:73:') ? `${host.name} has one` : '')));
    return problems(taken.filter((line) => line !== ''));
  });
  await check('the outside is reached from the address of the gateway', async () => {
    const expected = await gatewayAddress();
    return untilSeen({ [`the east is ${expected}`]: async () => (await east.fetches(url)) === expected, [`the west is ${expected}`]: async () => (await west.fetches(url)) === expected });
  });
  await check('it serves metadata', () => untilSeen(Object.fromEntries([east, west].map((instance) => [
    `${instance.name} gets its own`, async () => (await instance.metadata('/latest/meta-data/instance-id')).includes(`"x-instance-id":"${instance.deviceId}"`),
  ]))));
  await check('an extra route leads there until it is taken away', async () => {
    const address = BEHIND_WEST.replace('.0/24', '.1');
    await west.addAddress(address);
    await changeRouter({ routes: [{ destination: BEHIND_WEST, nexthop: west.address }] });
    const there = await untilSeen({ 'what is behind the west is reached': () => east.reaches(address) });
    await changeRouter({ routes: [] });
    return there ?? (await untilSeen({ 'what is behind the west is not reached any more': async () => !(await east.reaches(address)) }));
  });
  await check('without source NAT the outside sees who asks', async () => {
    const { network_id: id } = (await api.show('routers', routerId))['external_gateway_info'] as JsonObject;
    const gateway = await gatewayAddress();
    await changeRouter({ external_gateway_info: { network_id: id, enable_snat: false } });
    await outside.run(['ip', 'route', 'replace', '10.73.0.0/16', 'via', gateway]);
    const bare = await untilSeen({ 'the east is seen as it is': async () => (await east.fetches(url)) === east.address });
    await changeRouter({ external_gateway_info: { network_id: id, enable_snat: true } });
    const again = await untilSeen({ 'the east is the gateway again': async () => (await east.fetches(url)) === gateway });
    await outside.run(['ip', 'route', 'delete', '10.73.0.0/16']);
    return bare ?? again;
  });
  await check("it has its network's new MTU", async () => {
    const { id, mtu } = networks.east;
    const device = async (): Promise<string> => {
      const [port] = await api.list('ports', `?device_id=${routerId}&network_id=${String(id)}&fixed_ips=ip_address=10.73.1.1`);
      return `qr-${String(port?.['id']).slice(0, 11)}`;
    };
    const has = async (size: number): Promise<boolean> => (await compute.router.run(['ip', 'netns', 'exec', namespace, 'ip', 'link', 'show', await device()], { accept: [1] })).stdout.includes(` mtu ${size} `);
    await api.change('networks', String(id), { mtu: 1400 });
    const changed = await untilSeen({ 'the device has 1400 bytes': () => has(1400) });
    await api.change('networks', String(id), { mtu: Number(mtu) });
    return changed ?? (await untilSeen({ [`the device has ${String(mtu)} bytes`]: () => has(Number(mtu)) }));
  });
}
