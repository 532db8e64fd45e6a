import type { L3Extension } from '@neutrino/agent/l3/l3-settings';

/** What the host process is told at its start; a file of the state directory carries it, as JSON. */
export interface HostSettings {
  readonly host: string;
  readonly instancesDirectory: string;
  /** Used where the configuration names no `metadata_proxy_shared_secret`. */
  readonly metadataSecret: string;
  /** The agents' configuration, as for `loadConfig`. */
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
  /** The server has routers; one that has none would not answer an L3 agent. */
  readonly hasRouters: boolean;
  /** What of routers there is besides. */
  readonly l3Extensions: readonly L3Extension[];
  readonly debug: boolean;
}

/** Where the host process says, once a start, that its agents have reported and brought the host up to date. */
export const HOST_TOPIC = 'neutrino-host';
