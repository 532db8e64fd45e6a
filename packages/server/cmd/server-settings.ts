import { isCanonicalCidr } from '@neutrino/lib/net/cidr';
import { isIp } from '@neutrino/lib/net/ip';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import type { ApiSettings } from '../api/settings.ts';
import { defaultApiSettings } from '../api/settings.ts';
import type { ServerConfig } from '../conf/sections.ts';
import type { Ml2Settings } from '../plugins/ml2/settings.ts';
import type { Limits } from '../quota/quota-service.ts';
import type { DhcpSchedulerSettings } from '../scheduler/dhcp-placement.ts';
import type { L3SchedulerSettings } from '../scheduler/l3-agent-scheduler.ts';
import type { HaSettings } from '../services/l3/ha/ha-settings.ts';
import type { L3Settings } from '../services/l3/l3.ts';
import { hasService } from './service-plugins.ts';
import { availableDrivers, networkScheduler } from './available-drivers.ts';

/** The options of neutron.conf and ml2_conf.ini in the terms of the parts that they are for. */

export function ml2Settings(config: ServerConfig): Ml2Settings {
  const { DEFAULT, ml2, ml2_type_flat, ml2_type_gre, ml2_type_vlan, ml2_type_vxlan } = config;
  const drivers = availableDrivers(config);
  return {
    typeDrivers: drivers.types.names,
    tenantNetworkTypes: drivers.projectTypes.names,
    mechanismDrivers: drivers.mechanisms.names,
    extensionDrivers: drivers.extensions.names,
    ...(ml2.external_network_type !== null && { externalNetworkType: ml2.external_network_type }),
    globalPhysnetMtu: DEFAULT.global_physnet_mtu,
    pathMtu: ml2.path_mtu,
    physicalNetworkMtus: ml2.physical_network_mtus,
    overlayIpVersion: ml2.overlay_ip_version,
    flatNetworks: ml2_type_flat.flat_networks,
    networkVlanRanges: ml2_type_vlan.network_vlan_ranges,
    vniRanges: ml2_type_vxlan.vni_ranges,
    tunnelIdRanges: ml2_type_gre.tunnel_id_ranges,
    baseMac: DEFAULT.base_mac,
    maxDnsNameservers: DEFAULT.max_dns_nameservers,
    maxSubnetHostRoutes: DEFAULT.max_subnet_host_routes,
    maxAllowedAddressPairs: DEFAULT.max_allowed_address_pair,
    dnsDomain: DEFAULT.dns_domain,
    vlanTransparent: DEFAULT.vlan_transparent,
    ipv6PrefixDelegation: DEFAULT.ipv6_pd_enabled,
  };
}

/** Throws CannotStart for a scheduler that there is not. */
export function dhcpSchedulerSettings(config: Pick<ServerConfig, 'DEFAULT'>): DhcpSchedulerSettings {
  const { DEFAULT } = config;
  return {
    networkScheduler: networkScheduler(config),
    agentDownTimeSeconds: DEFAULT.agent_down_time,
    dhcpAgentsPerNetwork: DEFAULT.dhcp_agents_per_network,
    dhcpLoadType: DEFAULT.dhcp_load_type,
    networkAutoSchedule: DEFAULT.network_auto_schedule,
    defaultAvailabilityZones: DEFAULT.default_availability_zones,
    servesWhileDisabled: DEFAULT.enable_services_on_agents_with_admin_state_down,
  };
}

export function l3Settings({ DEFAULT }: ServerConfig): L3Settings {
  return { enableSnatByDefault: DEFAULT.enable_snat_by_default, enableEcmpByDefault: DEFAULT.enable_default_route_ecmp, maxRoutes: DEFAULT.max_routes, ha: haSettings(DEFAULT) };
}

/** Throws CannotStart where the networks of highly available routers could have no addresses. */
function haSettings({ l3_ha: isDefault, max_l3_agents_per_router: maxAgentsPerRouter, l3_ha_network_type: networkType, l3_ha_network_physical_name: physicalNetwork, l3_ha_net_cidr: cidr }: ServerConfig['DEFAULT']): HaSettings {
  if (!isCanonicalCidr(cidr) || !isIp(cidr.split('/')[0] ?? '', 4)) throw new CannotStart(`[DEFAULT] l3_ha_net_cidr: The HA Network CIDR specified in the configuration file isn't valid; ${cidr}.`);
  return { isDefault, maxAgentsPerRouter, networkType, physicalNetwork, cidr };
}

/** Helper → the protocols with which routers can be given it. */
export function allowedHelpers({ DEFAULT }: ServerConfig): ReadonlyMap<string, readonly string[]> {
  const grouped = Map.groupBy(DEFAULT.allowed_conntrack_helpers, ({ helper }) => helper);
  return new Map([...grouped].map(([helper, pairs]) => [helper, pairs.map(({ protocol }) => protocol)]));
}

export function routerSchedulerSettings({ DEFAULT }: ServerConfig): L3SchedulerSettings {
  return { routerAutoSchedule: DEFAULT.router_auto_schedule, defaultAvailabilityZones: DEFAULT.default_availability_zones, servesWhileDisabled: DEFAULT.enable_services_on_agents_with_admin_state_down, maxAgentsPerHaRouter: DEFAULT.max_l3_agents_per_router };
}

export function apiSettings({ DEFAULT, cors, oslo_middleware }: ServerConfig): ApiSettings {
  const most = DEFAULT.pagination_max_limit;
  const limit = most.toLowerCase() === 'infinite' ? -1 : Number(most);
  if (!Number.isInteger(limit)) throw new Error(`[DEFAULT] pagination_max_limit = ${most}: expected an integer or "infinite"`);
  return {
    filterValidation: DEFAULT.filter_validation,
    maxBodyBytes: oslo_middleware.max_request_body_size ?? defaultApiSettings.maxBodyBytes,
    ...(limit > 0 && { paginationMaxLimit: limit }),
    isBehindProxy: oslo_middleware.enable_proxy_headers_parsing,
    cors: {
      allowedOrigins: cors.allowed_origin,
      allowCredentials: cors.allow_credentials,
      exposeHeaders: cors.expose_headers,
      maxAge: cors.max_age,
      allowMethods: cors.allow_methods,
      allowHeaders: cors.allow_headers,
    },
  };
}

export function quotaLimits({ DEFAULT, quotas }: ServerConfig): Limits {
  return {
    ...(hasService(DEFAULT.service_plugins, 'router') && { router: quotas.quota_router, floatingip: quotas.quota_floatingip }),
    network: quotas.quota_network,
    subnet: quotas.quota_subnet,
    subnetpool: quotas.default_quota,
    port: quotas.quota_port,
    rbac_policy: quotas.quota_rbac_policy,
    address_group: quotas.default_quota,
    security_group: quotas.quota_security_group,
    security_group_rule: quotas.quota_security_group_rule,
  };
}
