import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { ServiceProvider } from '../flavors/service-provider.ts';

interface RouterProvider extends ServiceProvider {
  /** Whether its routers are highly available. */
  readonly ha: boolean;
}

const provider = (name: string, module: string, ha: boolean): RouterProvider => ({
  service_type: 'L3_ROUTER_NAT', name, driver: `neutron.services.l3_router.service_providers.${module}`, default: false, ha,
});

/**
 * Kinds of routers, by the names and the drivers under which Neutron has them: service profiles name the driver. Linux bridge has
 * no distributed data path: a router of such a kind has one host at a time as well.
 */
export const routerProviders: readonly RouterProvider[] = [
  provider('dvrha', 'dvrha.DvrHaDriver', true),
  provider('dvr', 'dvr.DvrDriver', false),
  provider('ha', 'ha.HaDriver', true),
  provider('single_node', 'single_node.SingleNodeDriver', false),
];

/** Whether a router that the request asks for is highly available, by its provider if it names one. Throws InvalidInput where it wants the other. */
export function isHa({ ha: asked }: JsonObject, kind: Pick<ServiceProvider, 'name'> | undefined, otherwise: boolean): boolean {
  const ha = routerProviders.find(({ name }) => name === kind?.name)?.ha;
  if (ha === undefined) return typeof asked === 'boolean' ? asked : otherwise;
  if (typeof asked === 'boolean' && asked !== ha) throw invalidInput(`Provider ${kind?.name ?? ''} does not support ha=${asked ? 'True' : 'False'}`);
  return ha;
}

/** Such a router stays as its provider has it. Throws InvalidInput. */
export function refuseOtherKind({ flavor_id, service_type_id }: { readonly flavor_id: string | null; readonly service_type_id: string | null }): void {
  if (flavor_id !== null) throw invalidInput("Changing the 'ha' and 'distributed' attributes on a router associated with a flavor is not supported");
  if (service_type_id !== null) throw invalidInput("Changing the 'ha' attribute of a router made with a service profile is not supported");
}

function invalidInput(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
