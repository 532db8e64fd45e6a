import { admin, alice } from './callers.ts';
import type { ShortCalls } from './short-calls.ts';

/** A network of alice's behind a router that leads outside; all by their ids. */
export interface RoutedNetwork {
  readonly external: string;
  readonly network: string;
  readonly subnet: string;
  readonly router: string;
}

/** 10.0.0.0/24 inside, 203.0.113.0/24 (named "outside") on the external network. Needs `service_plugins = router`. */
export async function routedNetwork({ create, object }: ShortCalls): Promise<RoutedNetwork> {
  const external = await create(admin, 'network', { 'router:external': true });
  await create(admin, 'subnet', { network_id: external, cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false, name: 'outside' });
  const network = await create(alice, 'network', {});
  const subnet = await create(alice, 'subnet', { network_id: network, cidr: '10.0.0.0/24', ip_version: 4 });
  const router = await create(alice, 'router', { external_gateway_info: { network_id: external } });
  await object(alice, 'PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
  return { external, network, subnet, router };
}
