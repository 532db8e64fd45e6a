import type { Session } from '@neutrino/client/session';
import type { Host } from '../host/host.ts';
import { waitFor } from '../instances/instance-service.ts';
import { expect } from './expect.ts';
import type { Guest } from './guest.ts';
import { CALLER } from './machine.ts';
import { addOutsideHost, removeOutsideHost } from './outside-host.ts';
import type { Stage } from './stage.ts';
import { make, unwire, wire, type Wiring } from './wiring.ts';

const BACK_CIDR = '10.20.0.0/24';
const BACK_ADDRESS = '10.20.0.11';
const OUTSIDE_CIDR = '203.0.113.0/24';
const OUTSIDE = '203.0.113.1';
const OUTSIDE_PORT = 80;
const TIMEOUT_MS = 60_000;

interface Scene {
  readonly step: Stage['step'];
  readonly host: Host;
  readonly admin: Session;
  readonly user: Session;
  readonly boot: (portId: string) => Promise<Guest>;
  /** The network that is there, and what answers with `page` on it. */
  readonly front: { readonly wiring: Wiring; readonly client: Guest; readonly clientAddress: string; readonly server: Guest; readonly port: number; readonly page: string };
}

/** A router's whole life: two networks, a way out, a way in. Resolves to what removes all of it, once the instances are gone. */
export async function routed({ step, host, admin, user, boot, front }: Scene): Promise<() => Promise<void>> {
  const { wiring, client: alice, server: bob } = front;
  const [back, dave] = await step('create a second network, and boot dave on it', async () => {
    const made = await wire(user, 'back', BACK_CIDR, [BACK_ADDRESS]);
    return [made, await boot(made.ports[0] ?? '')] as const;
  }, () => `dave ${BACK_ADDRESS}`);

  const router = await step('a router joins the two networks: alice and dave ping each other', async () => {
    const id = await make(user, 'router', { name: 'demo' });
    for (const { subnet } of [wiring, back]) await user.request('PUT', `/v2.0/routers/${id}/add_router_interface`, { subnet_id: subnet });
    await waitFor(`alice to reach ${BACK_ADDRESS}`, TIMEOUT_MS, async () => (await alice.pings(BACK_ADDRESS, { count: 1 })) || undefined);
    expect(await dave.pings(front.clientAddress), `dave got no answer from ${front.clientAddress}`);
    return id;
  });

  const outside = await step('an outside host is reached through the router, whose address is all it sees', async () => {
    const machine = await addOutsideHost(host, `${OUTSIDE}/24`);
    machine.serves(OUTSIDE_PORT, CALLER);
    const network = await make(admin, 'network', { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'provider' });
    await make(admin, 'subnet', { network_id: network, name: 'outside', ip_version: 4, cidr: OUTSIDE_CIDR, gateway_ip: OUTSIDE, enable_dhcp: false });
    const answer = await user.request('PUT', `/v2.0/routers/${router}`, { router: { external_gateway_info: { network_id: network } } });
    const { external_gateway_info: gateway } = answer['router'] as { external_gateway_info: { external_fixed_ips: readonly { ip_address: string }[] } };
    const own = gateway.external_fixed_ips[0]?.ip_address;
    for (const guest of [alice, dave]) {
      const seen = await waitFor(`${guest.record.name} to reach ${OUTSIDE}`, TIMEOUT_MS, () => guest.fetches(`http://${OUTSIDE}:${OUTSIDE_PORT}/`, 1));
      expect(seen === own, `${OUTSIDE} saw ${seen}, not the router's ${own}`);
    }
    return { machine, network, own };
  }, ({ own }) => `${OUTSIDE} sees ${own}`);

  const floating = await step('a floating IP leads the outside host to bob', async () => {
    const answer = await user.request('POST', '/v2.0/floatingips', { floatingip: { floating_network_id: outside.network, port_id: bob.record.portId } });
    const { id, floating_ip_address: address } = answer['floatingip'] as { id: string; floating_ip_address: string };
    const url = `http://${address}:${front.port}/`;
    const text = await waitFor(`${url} to answer`, TIMEOUT_MS, () => outside.machine.fetches(url, 1));
    expect(text === front.page, `${url} answered ${JSON.stringify(text)}`);
    return { id, address, url };
  }, ({ address }) => `${address} is bob's`);

  await step('deleted, it leads nowhere', async () => {
    await user.request('DELETE', `/v2.0/floatingips/${floating.id}`);
    await waitFor(`${floating.url} to answer no more`, TIMEOUT_MS, async () => ((await outside.machine.fetches(floating.url, 1)) === undefined ? true : undefined));
  });

  return async () => {
    for (const { subnet } of [wiring, back]) await user.request('PUT', `/v2.0/routers/${router}/remove_router_interface`, { subnet_id: subnet });
    await user.request('DELETE', `/v2.0/routers/${router}`);
    await admin.request('DELETE', `/v2.0/networks/${outside.network}`);
    await unwire(user, back);
    await removeOutsideHost(host);
  };
}
