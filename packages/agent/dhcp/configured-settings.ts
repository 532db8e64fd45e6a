import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import type { DhcpConfig } from '../conf/sections.ts';
import { defaultDhcpSettings, type DhcpSettings } from './dhcp-settings.ts';

const DNSMASQ_DRIVERS = ['dnsmasq', 'neutron.agent.linux.dhcp.Dnsmasq'];
const BRIDGE_DRIVERS = ['linuxbridge', 'neutron.agent.linux.interface.BridgeInterfaceDriver'];

/** The agent's settings as its configuration files have them. Throws CannotStart, which names the option where a driver is not available. */
export function configuredDhcpSettings({ DEFAULT: conf, agent }: DhcpConfig): DhcpSettings {
  const defaults = defaultDhcpSettings(conf.state_path);
  assertKnown('dhcp_driver', conf.dhcp_driver, DNSMASQ_DRIVERS);
  if (conf.interface_driver !== null) assertKnown('interface_driver', conf.interface_driver, BRIDGE_DRIVERS);
  return {
    ...defaults,
    configurationDirectory: conf.dhcp_confs,
    metadataProxySocket: conf.metadata_proxy_socket,
    enableIsolatedMetadata: conf.enable_isolated_metadata,
    forceMetadata: conf.force_metadata,
    dnsDomain: conf.dns_domain,
    leaseDurationSeconds: conf.dhcp_lease_duration,
    renewalTimeSeconds: conf.dhcp_renewal_time,
    rebindingTimeSeconds: conf.dhcp_rebinding_time,
    broadcastReply: conf.dhcp_broadcast_reply,
    dnsmasq: {
      configFile: conf.dnsmasq_config_file,
      dnsServers: conf.dnsmasq_dns_servers,
      localResolv: conf.dnsmasq_local_resolv,
      baseLogDirectory: conf.dnsmasq_base_log_dir,
      leaseMax: conf.dnsmasq_lease_max,
      enableAddr6List: conf.dnsmasq_enable_addr6_list,
    },
    resyncIntervalMs: conf.resync_interval * 1000,
    bulkReloadIntervalMs: conf.bulk_reload_interval * 1000,
    concurrency: conf.num_sync_threads,
    driverName: conf.dhcp_driver,
    availabilityZone: agent.availability_zone,
    logAgentHeartbeats: agent.log_agent_heartbeats,
  };
}

function assertKnown(option: string, driver: string, known: readonly string[]): void {
  if (!known.includes(driver)) throw new CannotStart(`[DEFAULT] ${option}: ${driver} is not available; use ${known[0]}`);
}
