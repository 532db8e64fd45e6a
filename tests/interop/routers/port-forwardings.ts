import { untilSeen, type RoutedScene } from './scene.ts';

/** Ports of a floating IP lead to ports of several instances. */
export async function checkPortForwardings({ api, check, east, west, outside, external }: RoutedScene): Promise<void> {
  const floating = await api.make('floatingips', { floating_network_id: String(external['id']) });
  const [id, address] = [String(floating['id']), String(floating['floating_ip_address'])];
  const path = `/floatingips/${id}/port_forwardings`;
  const forward = async (port: number, to: typeof east): Promise<string> => {
    const body = { protocol: 'tcp', external_port: port, internal_port: 80, internal_port_id: to.portId, internal_ip_address: to.address };
    return String(((await api.request('POST', path, { port_forwarding: body }))['port_forwarding'] as { readonly id: string }).id);
  };
  const answers = async (port: number): Promise<string> => (await outside.run(['curl', '-sS', '--max-time', '3', `http://${address}:${port}/`], { accept: [7, 28] })).stdout;
  await using _east = await east.serves('east');
  await using _west = await west.serves('west');
  const forwardings: string[] = [];
  await check('ports of a floating IP lead to instances', async () => {
    forwardings.push(await forward(8001, east), await forward(8002, west));
    return untilSeen({ 'the first leads east': async () => (await answers(8001)) === 'east', 'the second leads west': async () => (await answers(8002)) === 'west' });
  });
  const [first = '', second = ''] = forwardings;
  await check('a port of a floating IP leads elsewhere', async () => {
    // Two that lead to the same are refused.
    await api.request('DELETE', `${path}/${second}`);
    await api.request('PUT', `${path}/${first}`, { port_forwarding: { internal_port_id: west.portId, internal_ip_address: west.address } });
    return untilSeen({ 'the first leads west': async () => (await answers(8001)) === 'west', 'the second leads nowhere': async () => (await answers(8002)) === '' });
  });
  await check('a port of a floating IP leads nowhere any more', async () => {
    await api.request('DELETE', `${path}/${first}`);
    return untilSeen({ 'nothing answers': async () => (await answers(8001)) === '' });
  });
  await api.remove('floatingips', id);
}
