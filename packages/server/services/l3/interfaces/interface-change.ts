import type { JsonObject } from '@neutrino/lib/json';

/** What a router was attached to, or was detached from. */
export interface InterfaceChange {
  /** As an admin sees it. */
  readonly port: JsonObject;
  readonly subnetIds: readonly string[];
}
