import type { JsonObject } from '@neutrino/lib/json';

/** A host's end of the tunnels. */
export interface TunnelEnd {
  readonly address: string;
  /** The types of network about which the host wants to be told. */
  readonly types: readonly string[];
}

/** The end that an agent's `configurations` tell of; undefined where its host has none. */
export function tunnelEndOf(configurations: JsonObject): TunnelEnd | undefined {
  const address = configurations['tunneling_ip'];
  if (typeof address !== 'string' || address === '') return undefined;
  // An agent may carry more types of network than it wants to be told about.
  const types = configurations['l2pop_network_types'] ?? configurations['tunnel_types'];
  return { address, types: Array.isArray(types) ? types.filter((type) => typeof type === 'string') : [] };
}
