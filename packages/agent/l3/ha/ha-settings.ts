/** How the copies of highly available routers agree on who is active. */
export interface HaSettings {
  /** `ha_confs_path`: directory of keepalived's files, a folder for each router. */
  readonly directory: string;
  /** `external_pids`: where Neutron's agent has the process id of what watches a copy for it. */
  readonly pids: string;
  readonly authentication: { readonly type: 'AH' | 'PASS'; readonly password: string } | null;
  /** Seconds between two words of the active copy. */
  readonly advertIntervalSeconds: number;
  /** Seconds between two checks of whether the gateway answers; 0: none. */
  readonly healthCheckIntervalSeconds: number;
  /** `keepalived_use_no_track`: keepalived does not care for addresses and routes of other devices than the one that it speaks by. */
  readonly useNoTrack: boolean;
}
