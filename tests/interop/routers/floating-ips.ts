import { untilSeen, type RoutedScene } from './scene.ts';

/** An address of the outside for an instance: it is reached there, and seen there. */
export async function checkFloatingIps({ api, check, east, west, outside, external, gatewayAddress }: RoutedScene): Promise<void> {
  const url = `http://${outside.address}/`;
  const floating = await api.make('floatingips', { floating_network_id: String(external['id']) });
  const [id, address] = [String(floating['id']), String(floating['floating_ip_address'])];
  const isReached = async (): Promise<boolean> => (await outside.run(['ping', '-n', '-c2', '-i0.3', '-W1', address], { accept: [1] })).code === 0;
  const has = (status: string) => async (): Promise<boolean> => (await api.show('floatingips', id))['status'] === status;
  await check('a floating IP is reached, seen and ACTIVE', async () => {
    await api.change('floatingips', id, { port_id: east.portId });
    return untilSeen({ 'it is reached': isReached, 'the east is seen as it': async () => (await east.fetches(url)) === address, 'it is ACTIVE': has('ACTIVE') });
  });
  await check('a floating IP is reached from inside', () => untilSeen({ 'the west reaches it': () => west.reaches(address), 'its own instance reaches it': () => east.reaches(address) }));
  await check('a floating IP moves to another instance', async () => {
    await api.change('floatingips', id, { port_id: west.portId });
    const gateway = await gatewayAddress();
    return untilSeen({
      'it is reached': isReached, 'the west is seen as it': async () => (await west.fetches(url)) === address, 'the east is the gateway': async () => (await east.fetches(url)) === gateway, 'it is ACTIVE': has('ACTIVE'),
    });
  });
  await check('a floating IP that leads nowhere is DOWN', async () => {
    await api.change('floatingips', id, { port_id: null });
    return untilSeen({ 'it is not reached': async () => !(await isReached()), 'it is DOWN': has('DOWN') });
  });
  await api.remove('floatingips', id);
}
