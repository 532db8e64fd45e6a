export interface TempestTarget {
  /** Keystone's, with /v3. */
  readonly authUrl: string;
  readonly adminPassword: string;
  readonly region: string;
  /** id of an external network. */
  readonly publicNetworkId: string;
  /** Aliases whose tests are to run. */
  readonly extensions: readonly string[];
  /** For logs and locks. */
  readonly directory: string;
}

/** The text of a tempest.conf: the network API alone, users and projects made as tests need them. */
export function tempestConfiguration({ authUrl, adminPassword, region, publicNetworkId, extensions, directory }: TempestTarget): string {
  return `
[DEFAULT]
log_dir = ${directory}
log_file = tempest.log
use_stderr = false
[oslo_concurrency]
lock_path = ${directory}
[auth]
use_dynamic_credentials = true
create_isolated_networks = false
admin_username = admin
admin_password = ${adminPassword}
admin_project_name = admin
admin_domain_name = Default
default_credentials_domain_name = Default
tempest_roles = member
[identity]
uri_v3 = ${authUrl}
auth_version = v3
region = ${region}
v3_endpoint_type = public
[identity-feature-enabled]
api_v2 = false
[network]
region = ${region}
endpoint_type = public
public_network_id = ${publicNetworkId}
floating_network_name = public
project_network_cidr = 10.100.0.0/16
project_network_v6_cidr = 2003::/48
[network-feature-enabled]
ipv6 = true
ipv6_subnet_attributes = true
port_security = true
floating_ips = true
available_features = ipv6_metadata
api_extensions = ${extensions.join(',')}
[service_available]
neutron = true
nova = false
glance = false
cinder = false
swift = false
[neutron_plugin_options]
available_type_drivers = flat,vlan,local,vxlan
q_agent = linuxbridge
firewall_driver = iptables
provider_vlans = foo,
provider_net_base_segm_id = 1
agent_availability_zone = nova
create_shared_resources = false
[bgpvpn]
run_bgpvpn_tests = false
[fwaas]
run_fwaas_tests = false
[sfc]
run_sfc_tests = false
`;
}
