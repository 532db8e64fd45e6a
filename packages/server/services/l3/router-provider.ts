import type { ServiceProvider } from '../flavors/service-provider.ts';

/** Routers of one host, by the name and the driver under which Neutron has them: service profiles name the driver. */
export const routerProvider: ServiceProvider = {
  service_type: 'L3_ROUTER_NAT', name: 'single_node', driver: 'neutron.services.l3_router.service_providers.single_node.SingleNodeDriver', default: false,
};
