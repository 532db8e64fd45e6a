import { join } from 'node:path';
import { formerProxiesIn, type FormerProxies } from '../metadata/former-proxy.ts';
import type { HaSettings } from './ha/ha-settings.ts';

/** How the L3 agent makes its routers; the options of `l3_agent.ini`, by their meaning. */
export interface L3Settings {
  /** Also routers without a gateway. */
  readonly handleInternalOnlyRouters: boolean;
  readonly enableMetadataProxy: boolean;
  /** Port of the metadata proxy inside each router's namespace. */
  readonly metadataPort: number;
  /** Path of the unix socket on which the metadata agent answers. */
  readonly metadataProxySocket: string;
  readonly formerProxies: FormerProxies;
  /** Marks of packets, below 0x10000: requests for metadata, and what came in by the gateway. */
  readonly metadataAccessMark: number;
  readonly externalIngressMark: number;
  /** Next hop of the IPv6 default route where the gateway's network has no IPv6 subnet; empty for none. */
  readonly ipv6Gateway: string;
  readonly advertisements: AdvertisementSettings;
  readonly ha: HaSettings;
  /** Wait before a router, or a full synchronisation, that failed is tried again. */
  readonly resyncIntervalMs: number;
  /** Least time between the beginnings of two full synchronisations. */
  readonly resyncThrottleMs: number;
  /** How often every router is compared with the kernel and repaired; 0 for never. */
  readonly checkIntervalMs: number;
  /** How often all routers are asked for again although nothing was said to have changed; 0 for never. */
  readonly fullSyncIntervalMs: number;
  /** How many routers are worked on at once. */
  readonly concurrency: number;
  /** `interface_driver`, as reported to the server. */
  readonly interfaceDriver: string;
  readonly availabilityZone: string;
  readonly logAgentHeartbeats: boolean;
  /** What of routers this host has besides. */
  readonly extensions: readonly L3Extension[];
}

export const l3Extensions = ['conntrack_helper', 'port_forwarding'] as const;
export type L3Extension = (typeof l3Extensions)[number];

export interface AdvertisementSettings {
  /** Directory of radvd's files. */
  readonly directory: string;
  /** `external_pids`: of the file with its process id. */
  readonly pids: string;
  /** Seconds between two unsolicited advertisements. */
  readonly minIntervalSeconds: number;
  readonly maxIntervalSeconds: number;
  /** Whom radvd becomes; null: it stays the agent's user. */
  readonly user: string | null;
}

/** What a router's plan is made from, besides the router. */
export interface RouterFacts extends L3Settings {
  /** Whether this host speaks IPv6 at all. */
  readonly ipv6: boolean;
}

/** The options' defaults. */
export function defaultL3Settings(stateDirectory: string): L3Settings {
  const pids = join(stateDirectory, 'external/pids');
  return {
    handleInternalOnlyRouters: true,
    enableMetadataProxy: true,
    metadataPort: 9697,
    metadataProxySocket: join(stateDirectory, 'metadata_proxy'),
    formerProxies: formerProxiesIn({ state_path: stateDirectory, external_pids: pids }),
    metadataAccessMark: 0x1,
    externalIngressMark: 0x2,
    ipv6Gateway: '',
    advertisements: { directory: join(stateDirectory, 'ra'), pids, minIntervalSeconds: 30, maxIntervalSeconds: 100, user: null },
    ha: { directory: join(stateDirectory, 'ha_confs'), pids, authentication: null, advertIntervalSeconds: 2, healthCheckIntervalSeconds: 0, useNoTrack: true },
    resyncIntervalMs: 5_000,
    resyncThrottleMs: 1_000,
    checkIntervalMs: 60_000,
    fullSyncIntervalMs: 600_000,
    concurrency: 8,
    interfaceDriver: 'linuxbridge',
    availabilityZone: 'nova',
    logAgentHeartbeats: false,
    extensions: [],
  };
}
