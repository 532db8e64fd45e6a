/**
 * What the l2population mechanism driver tells L2 agents (topic `q-agent-notifier-l2population-update`): which MAC addresses of a
 * tunnelled network are behind which end of a tunnel, and which ends are to get what is sent to all.
 */

/** MAC address and IP address. */
export type ForwardingEntry = readonly [mac: string, ip: string];

/** Stands for whatever is sent to all of a network. */
export const floodingEntry: ForwardingEntry = ['00:00:00:00:00:00', '0.0.0.0'];

/** By id of the network: the argument `fdb_entries` of `add_fdb_entries` and `remove_fdb_entries`. */
export type ForwardingEntries = Readonly<Record<string, NetworkForwarding>>;

export interface NetworkForwarding {
  readonly segment_id: number;
  readonly network_type: string;
  /** By the address of the tunnel's end (an agent's `tunneling_ip`). */
  readonly ports: Readonly<Record<string, readonly ForwardingEntry[]>>;
  /**
   * Our addition, which Neutron's agents pass over: addresses that move between hosts by themselves, those of highly available routers. Behind which end they
   * are is found out; whoever asks for the MAC address of one can be answered.
   */
  readonly travelling?: readonly ForwardingEntry[];
}

/**
 * Our addition to the contract, on topic q-plugin: answers `{host, networks}` with `ForwardingEntries`, all that is behind the tunnels of these
 * networks for the host. By the end of its name a Python server passes over a method that it lacks without an error in its log.
 */
export const forwardingMethod = 'get_forwarding_entries_ignore_errors';

/** The argument `fdb_entries` of `update_fdb_entries`: network → tunnel's end → addresses that a port there had, and has. */
export interface ChangedAddresses {
  readonly chg_ip: Readonly<Record<string, Readonly<Record<string, { readonly before?: readonly ForwardingEntry[]; readonly after?: readonly ForwardingEntry[] }>>>>;
}
