import type { JsonObject } from '@neutrino/lib/json';

/** A port as the API shows it: before, after, or both. */
export interface PortTransition {
  readonly original?: JsonObject | undefined;
  readonly current?: JsonObject | undefined;
}
