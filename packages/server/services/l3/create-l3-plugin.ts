import type { ResourceHandler } from '../../api/resource-handler.ts';
import { createFloatingIpHandler } from './floatingip-handler.ts';
import { createFloatingIpPoolHandler } from './floatingip-pool-handler.ts';
import { guardPorts } from './guarded-ports.ts';
import type { L3 } from './l3.ts';
import { createRouterHandler } from './router-handler.ts';

/** Routers and floating IPs, as the rest of the server knows them. */
export interface L3Plugin {
  /** By collection. */
  readonly handlers: Readonly<Record<string, ResourceHandler>>;
  /** Ports as clients may change them. */
  guard(ports: ResourceHandler): ResourceHandler;
}

export function createL3Plugin(l3: L3): L3Plugin {
  return {
    handlers: { routers: createRouterHandler(l3), floatingips: createFloatingIpHandler(l3), floatingip_pools: createFloatingIpPoolHandler(l3) },
    guard: (ports) => guardPorts(ports, l3),
  };
}
