import type { MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';

/**
 * Binds nothing: other drivers do. That it is in `mechanism_drivers` has the server tell agents what is behind which tunnel
 * (rpc/notifiers/l2-population).
 */
export function createL2PopulationDriver(): MechanismDriver {
  return { name: 'l2population', passesVlanTags: true, bindPort: () => undefined };
}
