/** What the host process is told at its start; a file of the state directory carries it, as JSON. */
export interface HostSettings {
  readonly host: string;
  readonly stateDirectory: string;
  readonly instancesDirectory: string;
  readonly metadataSecret: string;
  readonly reportIntervalMs: number;
  readonly physicalInterfaceMappings: Readonly<Record<string, string>>;
  /** The address VXLAN tunnels end at; undefined: no VXLAN networks on this host. */
  readonly tunnelAddress?: string;
  readonly debug: boolean;
}

/** Where the host process says, once a start, that its agents have reported and brought the host up to date. */
export const HOST_TOPIC = 'neutrino-host';
