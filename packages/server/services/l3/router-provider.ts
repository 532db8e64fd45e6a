import type { ServiceProvider } from '../flavors/service-provider.ts';

const provider = (name: string, module: string): ServiceProvider => ({
  service_type: 'L3_ROUTER_NAT', name, driver: `neutron.services.l3_router.service_providers.${module}`, default: false,
});

/**
 * Kinds of routers, by the names and the drivers under which Neutron has them: service profiles name the driver. Linux bridge has
 * no distributed data path: a router of that kind is on one host as well.
 */
export const routerProviders: readonly ServiceProvider[] = [provider('dvr', 'dvr.DvrDriver'), provider('single_node', 'single_node.SingleNodeDriver')];
