import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { chooseDriver } from '@neutrino/runtime/conf/named-drivers';
import { dhcpDrivers, interfaceDrivers } from '../conf/neutron-drivers.ts';
import type { DhcpConfig } from '../conf/sections.ts';
import { formerProxiesIn } from '../metadata/former-proxy.ts';
import { defaultDhcpSettings, type DhcpSettings } from './dhcp-settings.ts';

/** The agent's settings as its configuration files have them. Throws CannotStart, which names the option where a driver is not available or a value cannot be. */
export function configuredDhcpSettings({ DEFAULT: conf, agent }: DhcpConfig): DhcpSettings {
  const defaults = defaultDhcpSettings(conf.state_path);
  chooseDriver(conf.dhcp_driver, dhcpDrivers);
  if (conf.interface_driver !== null) chooseDriver(conf.interface_driver, interfaceDrivers);
  if (conf.resync_throttle > conf.resync_interval) throw new CannotStart(`[DEFAULT] resync_throttle: ${conf.resync_throttle} is more than resync_interval, ${conf.resync_interval}`);
  return {
    ...defaults,
    configurationDirectory: conf.dhcp_confs,
    metadataProxySocket: conf.metadata_proxy_socket,
    formerProxies: formerProxiesIn(conf),
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
    resyncThrottleMs: conf.resync_throttle * 1000,
    bulkReloadIntervalMs: conf.bulk_reload_interval * 1000,
    concurrency: conf.num_sync_threads,
    driverName: conf.dhcp_driver,
    availabilityZone: agent.availability_zone,
    logAgentHeartbeats: agent.log_agent_heartbeats,
  };
}
