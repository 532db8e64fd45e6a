import { join } from 'node:path';
import { formerProxiesIn, type FormerProxies } from '../metadata/former-proxy.ts';

/** How the DHCP agent serves its networks; the options of `dhcp_agent.ini`, by their meaning. */
export interface DhcpSettings {
  /** `state_path`. A network's files are in `<stateDirectory>/dhcp/<network id>` unless `configurationDirectory` says otherwise. */
  readonly stateDirectory: string;
  /** `dhcp_confs`. */
  readonly configurationDirectory?: string;
  /** Path of the unix socket on which the metadata agent answers. */
  readonly metadataProxySocket: string;
  readonly formerProxies: FormerProxies;
  readonly enableIsolatedMetadata: boolean;
  readonly forceMetadata: boolean;
  /** Domain of instances' names; empty for none. */
  readonly dnsDomain: string;
  /** -1 for leases that never end. */
  readonly leaseDurationSeconds: number;
  /** 0 leaves DHCP options 58 and 59 to dnsmasq. */
  readonly renewalTimeSeconds: number;
  readonly rebindingTimeSeconds: number;
  readonly broadcastReply: boolean;
  readonly dnsmasq: DnsmasqSettings;
  /** Wait before a network that failed, or a full synchronisation that failed, is tried again. */
  readonly resyncIntervalMs: number;
  /** Least time between the beginnings of two full synchronisations. */
  readonly resyncThrottleMs: number;
  /** How often every network's kernel state and processes are checked and repaired; 0 for never. */
  readonly checkIntervalMs: number;
  /** How often all networks are asked for again although nothing was said to have changed; 0 for never. */
  readonly fullSyncIntervalMs: number;
  /** Least time between two passes over one network (`bulk_reload_interval`). */
  readonly bulkReloadIntervalMs: number;
  /** How many networks are worked on at once (`num_sync_threads`). */
  readonly concurrency: number;
  /** `dhcp_driver`, as reported to the server. */
  readonly driverName: string;
  readonly availabilityZone: string;
  readonly logAgentHeartbeats: boolean;
}

export interface DnsmasqSettings {
  /** A configuration file of the operator's; empty for none. */
  readonly configFile: string;
  /** Where names that instances ask for are forwarded to. */
  readonly dnsServers: readonly string[];
  /** Forward names to the resolvers of this host. */
  readonly localResolv: boolean;
  /** Where each network gets a folder with a log of its DHCP and DNS; null for no log. */
  readonly baseLogDirectory: string | null;
  readonly leaseMax: number;
  /** One host entry with all addresses of a port that has several in one IPv6 subnet. */
  readonly enableAddr6List: boolean;
}

/** The options' defaults. */
export function defaultDhcpSettings(stateDirectory: string): DhcpSettings {
  return {
    stateDirectory,
    metadataProxySocket: join(stateDirectory, 'metadata_proxy'),
    formerProxies: formerProxiesIn({ state_path: stateDirectory, external_pids: join(stateDirectory, 'external/pids') }),
    enableIsolatedMetadata: false,
    forceMetadata: false,
    dnsDomain: 'openstacklocal',
    leaseDurationSeconds: 86_400,
    renewalTimeSeconds: 0,
    rebindingTimeSeconds: 0,
    broadcastReply: false,
    dnsmasq: {
      configFile: '',
      dnsServers: [],
      localResolv: false,
      baseLogDirectory: null,
      leaseMax: 2 ** 24,
      enableAddr6List: false,
    },
    resyncIntervalMs: 5_000,
    resyncThrottleMs: 1_000,
    checkIntervalMs: 60_000,
    fullSyncIntervalMs: 600_000,
    bulkReloadIntervalMs: 0,
    concurrency: 4,
    driverName: 'neutron.agent.linux.dhcp.Dnsmasq',
    availabilityZone: 'nova',
    logAgentHeartbeats: false,
  };
}

/** The folder of one network's files. */
export function networkDirectory(settings: DhcpSettings, networkId: string): string {
  return join(configurationDirectory(settings), networkId);
}

export function configurationDirectory(settings: DhcpSettings): string {
  return settings.configurationDirectory ?? join(settings.stateDirectory, 'dhcp');
}
