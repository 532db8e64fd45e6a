import type { OptionNames } from './review-files.ts';

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * The options that OpenStack's own networking programs and their libraries read, from the Newton release to
 * Zed, so that what has no effect here is told from what is misspelt. "*": any name of that section.
 */
export const knownOptions: OptionNames = {
  DEFAULT: names(`
    admin_password admin_tenant_name admin_user advertise_mtu agent_down_time agent_mode allow_automatic_dhcp_failover
    allow_automatic_l3agent_failover allow_bulk allow_overlapping_ips allow_pagination allow_sorting
    allowed_conntrack_helpers amqp_auto_delete api_extensions_path api_paste_config api_workers auth_ca_cert auth_insecure auth_region
    auth_strategy auth_url backlog base_mac bind_host bind_port bulk_reload_interval cleanup_on_shutdown client_socket_timeout
    conn_pool_min_size conn_pool_ttl control_exchange core_plugin db_backend debug default_availability_zones
    default_log_levels dhcp_agent_notification dhcp_agents_per_network dhcp_broadcast_reply dhcp_confs
    dhcp_delete_namespaces dhcp_domain dhcp_driver dhcp_lease_duration dhcp_load_type dhcp_rebinding_time
    dhcp_renewal_time disable_process_locking dns_domain dnsmasq_base_log_dir dnsmasq_config_file dnsmasq_dns_server
    dnsmasq_dns_servers dnsmasq_enable_addr6_list dnsmasq_lease_max dnsmasq_local_resolv driver dvr_base_mac enable_dvr
    enable_isolated_metadata enable_metadata_network enable_metadata_proxy enable_new_agents
    enable_services_on_agents_with_admin_state_down enable_snat_by_default enable_traditional_dhcp endpoint_type
    executor_thread_pool_size external_dns_driver external_ingress_mark external_network_bridge external_pids
    fatal_deprecations filter_validation force_gateway_on_subnet force_metadata gateway_external_network_id
    global_physnet_mtu ha_confs_path ha_keepalived_state_change_server_threads ha_vrrp_advert_int ha_vrrp_auth_password
    ha_vrrp_auth_type ha_vrrp_health_check_interval handle_internal_only_routers host host_dvr_for_dhcp http_retries
    instance_format instance_uuid_format interface_driver ip_lib_force_root ipam_driver ipv6_gateway ipv6_pd_enabled
    keepalived_use_no_track kombu_reconnect_delay l3_ha l3_ha_net_cidr l3_ha_network_physical_name l3_ha_network_type
    lock_path log_config log_config_append log_date_format log_dir log_file log_rotate_interval log_rotate_interval_type
    log_rotation_type logdir logfile logging_context_format_string logging_debug_format_suffix
    logging_default_format_string logging_exception_prefix logging_user_identity_format mac_generation_retries
    max_allowed_address_pair max_dns_nameservers max_fixed_ips_per_port max_l3_agents_per_router max_logfile_count
    max_header_line max_logfile_size_mb max_request_body_size max_routes max_rtr_adv_interval max_subnet_host_routes measure_interval
    metadata_access_mark metadata_backlog metadata_port metadata_proxy_group
    metadata_proxy_shared_secret metadata_proxy_socket metadata_proxy_socket_mode metadata_proxy_user
    metadata_proxy_watch_log metadata_workers min_l3_agents_per_router min_rtr_adv_interval network_auto_schedule
    network_link_prefix network_scheduler_driver notification_driver notification_topics notification_transport_url
    notify_nova_on_port_data_changes notify_nova_on_port_status_changes nova_admin_auth_url nova_admin_password
    nova_admin_tenant_id nova_admin_tenant_name nova_admin_username nova_api_insecure nova_ca_certificates_file
    nova_client_cert nova_client_priv_key nova_metadata_host nova_metadata_insecure nova_metadata_ip nova_metadata_port
    nova_metadata_protocol nova_region_name nova_url num_sync_threads ovs_integration_bridge ovs_use_veth
    ovs_vsctl_timeout pagination_max_limit pd_confs pd_dhcp_driver periodic_fuzzy_delay periodic_interval
    policy_default_rule policy_dirs policy_file prefix_delegation_driver publish_errors ra_confs rabbit_ha_queues
    rabbit_host rabbit_hosts rabbit_login_method rabbit_password rabbit_port rabbit_retry_backoff rabbit_use_ssl
    rabbit_userid rabbit_virtual_host radvd_user rate_limit_burst rate_limit_except_level rate_limit_interval
    report_interval resync_interval resync_throttle retry_interval retry_until_window root_helper router_auto_schedule
    router_delete_namespaces router_distributed router_scheduler_driver rpc_backend rpc_conn_pool_size
    rpc_ping_enabled rpc_resources_processing_step rpc_response_max_timeout rpc_response_timeout rpc_state_report_workers
    rpc_thread_pool_size rpc_workers run_external_periodic_tasks send_arp_for_ha send_events_interval service_plugins
    setproctitle sql_connection sql_connection_debug sql_connection_trace sql_max_overflow sql_max_retries
    sql_retry_interval sqlite_synchronous ssl_ca_file ssl_cert_file ssl_key_file state_path syslog_log_facility
    tcp_keepidle transport_url use_eventlog use_journal use_json use_namespaces use_ssl use_stderr use_syslog
    use_syslog_rfc_format vendor_pen verbose vlan_transparent watch_log_file web_framework wsgi_default_pool_size wsgi_keep_alive wsgi_log_format wsgi_server_debug`),
  agent: names(`
    agent_type arp_responder availability_zone baremetal_smartnic check_child_processes_action
    check_child_processes_interval comment_iptables_rules debug_iptables_rules dont_fragment drop_flows_on_start dscp
    dscp_inherit enable_distributed_routing explicitly_egress_direct extensions kill_scripts_path l2_population
    log_agent_heartbeats minimize_polling ovsdb_monitor_respawn_interval polling_interval
    prevent_arp_spoofing quitting_rpc_timeout report_interval root_helper root_helper_daemon tunnel_csum tunnel_types
    use_helper_for_ns_read use_random_fully veth_mtu vxlan_udp_port`),
  cache: names('*'),
  cors: names('*'),
  database: names(`
    backend connection connection_debug connection_parameters connection_recycle_time connection_trace
    db_inc_retry_interval db_max_retries db_max_retry_interval db_retry_interval engine max_overflow max_pool_size
    max_retries mysql_enable_ndb mysql_sql_mode pool_timeout reconnect_interval retry_interval slave_connection
    sql_connection sql_max_retries sqlalchemy_max_overflow sqlalchemy_pool_timeout sqlite_synchronous use_db_reconnect`),
  designate: names(`
    admin_auth_url admin_password admin_tenant_id admin_tenant_name admin_token admin_user admin_username
    allow_reverse_dns_lookup auth_admin_prefix auth_host auth_plugin auth_port auth_protocol auth_section auth_type
    auth_uri auth_url ca_cert cafile certfile check_revocations_for_cached collect_timing default_domain_id
    default_domain_name domain_id domain_name endpoint_type hash_algorithms identity_uri insecure interface
    ipv4_ptr_zone_prefix_size ipv6_ptr_zone_prefix_size keyfile password project_domain_id project_domain_name project_id
    project_name ptr_zone_email region_name revocation_cache_time signing_dir split_loggers system_scope tenant_id
    tenant_name timeout trust_id url user_domain_id user_domain_name user_id user_name username`),
  experimental: names('linuxbridge'),
  fdb: names('shared_physical_device_mappings'),
  healthcheck: names('*'),
  ironic: names(`
    admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_plugin auth_port
    auth_protocol auth_section auth_type auth_uri auth_url cafile certfile check_revocations_for_cached collect_timing
    default_domain_id default_domain_name domain_id domain_name endpoint_type hash_algorithms identity_uri insecure
    interface keyfile password project_domain_id project_domain_name project_id project_name region_name
    revocation_cache_time signing_dir split_loggers system_scope tenant_id tenant_name timeout trust_id user_domain_id
    user_domain_name user_id user_name username`),
  keystone_authtoken: names(`
    admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_plugin auth_port
    auth_protocol auth_section auth_type auth_uri auth_url auth_version cache cafile certfile check_revocations_for_cached
    collect_timing default_domain_id default_domain_name delay_auth_decision domain_id domain_name endpoint_type
    enforce_token_bind hash_algorithms http_connect_timeout http_request_max_retries identity_uri include_service_catalog
    insecure interface keyfile memcache_pool_conn_get_timeout memcache_pool_dead_retry memcache_pool_maxsize
    memcache_pool_socket_timeout memcache_pool_unused_timeout memcache_secret_key memcache_security_strategy
    memcache_servers memcache_use_advanced_pool memcached_servers password project_domain_id project_domain_name
    project_id project_name region_name revocation_cache_time service_token_roles service_token_roles_required
    service_type signing_dir split_loggers system_scope tenant_id tenant_name timeout token_cache_time trust_id
    user_domain_id user_domain_name user_id user_name username www_authenticate_uri`),
  l2pop: names('agent_boot_time'),
  linux_bridge: names('bridge_mappings kernel_hz physical_interface_mappings tbf_latency'),
  matchmaker_redis: names('*'),
  metadata_rate_limiting: names('base_query_rate_limit base_window_duration burst_query_rate_limit burst_window_duration ip_versions rate_limit_enabled'),
  ml2: names(`
    extension_drivers external_network_type mechanism_drivers network_vlan_ranges overlay_ip_version path_mtu
    physical_network_mtus segment_mtu tenant_network_types type_drivers`),
  ml2_sriov: names('supported_pci_vendor_devs'),
  ml2_type_flat: names('flat_networks'),
  ml2_type_geneve: names('max_header_size vni_ranges'),
  ml2_type_gre: names('tunnel_id_ranges'),
  ml2_type_vlan: names('network_vlan_ranges'),
  ml2_type_vxlan: names('vni_ranges vxlan_group'),
  network_log: names('burst_limit local_output_log_base rate_limit'),
  nova: names(`
    admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_plugin auth_port
    auth_protocol auth_section auth_type auth_uri auth_url cafile certfile check_revocations_for_cached collect_timing
    default_domain_id default_domain_name domain_id domain_name endpoint_type hash_algorithms identity_uri insecure
    interface keyfile password project_domain_id project_domain_name project_id project_name region_name
    revocation_cache_time signing_dir split_loggers system_scope tenant_id tenant_name timeout trust_id user_domain_id
    user_domain_name user_id user_name username`),
  oslo_concurrency: names('disable_process_locking lock_path'),
  oslo_limit: names(`
    admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_plugin auth_port
    auth_protocol auth_section auth_type auth_uri auth_url cafile certfile check_revocations_for_cached collect_timing
    default_domain_id default_domain_name domain_id domain_name endpoint_id endpoint_interface endpoint_region_name
    endpoint_service_name endpoint_service_type endpoint_type hash_algorithms identity_uri insecure interface keyfile
    password project_domain_id project_domain_name project_id project_name region_name revocation_cache_time signing_dir
    split_loggers system_scope tenant_id tenant_name timeout trust_id user_domain_id user_domain_name user_id user_name
    username`),
  oslo_messaging_amqp: names('*'),
  oslo_messaging_kafka: names('*'),
  oslo_messaging_notifications: names('driver retry topics transport_url'),
  oslo_messaging_rabbit: names(`
    amqp_auto_delete amqp_durable_queues direct_mandatory_flag enable_cancel_on_failover heartbeat_in_pthread
    heartbeat_rate heartbeat_timeout_threshold kombu_compression kombu_failover_strategy
    kombu_missing_consumer_retry_timeout kombu_reconnect_delay kombu_reconnect_timeout kombu_ssl_ca_certs
    kombu_ssl_certfile kombu_ssl_keyfile kombu_ssl_version rabbit_ha_queues rabbit_host rabbit_hosts rabbit_interval_max
    rabbit_login_method rabbit_max_retries rabbit_password rabbit_port rabbit_qos_prefetch_count
    rabbit_quorum_delivery_limit rabbit_quorum_queue rabbit_quroum_max_memory_bytes rabbit_quroum_max_memory_length
    rabbit_retry_backoff rabbit_retry_interval rabbit_transient_queues_ttl rabbit_use_ssl rabbit_userid
    rabbit_virtual_host ssl ssl_ca_file ssl_cert_file ssl_enforce_fips_mode ssl_enforce_hostname_verification ssl_key_file
    ssl_version`),
  oslo_messaging_zmq: names('*'),
  oslo_middleware: names('enable_proxy_headers_parsing http_basic_auth_user_file max_request_body_size secure_proxy_ssl_header'),
  oslo_policy: names(`
    enforce_new_defaults enforce_scope policy_default_rule policy_dirs policy_file remote_content_type
    remote_ssl_ca_crt_file remote_ssl_client_crt_file remote_ssl_client_key_file remote_ssl_verify_server_crt`),
  oslo_reports: names('file_event_handler file_event_handler_interval log_dir'),
  oslo_versionedobjects: names('fatal_exception_format_errors'),
  ovs: names(`
    bridge_mac_table_size bridge_mappings datapath_type igmp_snooping_enable int_peer_patch_port integration_bridge
    local_ip of_connect_timeout of_inactivity_probe of_interface of_listen_address of_listen_port of_request_timeout
    ovsdb_connection ovsdb_debug ovsdb_interface ovsdb_timeout resource_provider_bandwidths resource_provider_hypervisors
    resource_provider_inventory_defaults resource_provider_packet_processing_without_direction ssl_ca_cert_file
    ssl_cert_file ssl_key_file tun_peer_patch_port tunnel_bridge use_veth_interconnection vhostuser_socket_dir`),
  placement: names(`
    admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_plugin auth_port
    auth_protocol auth_section auth_type auth_uri auth_url cafile certfile check_revocations_for_cached collect_timing
    default_domain_id default_domain_name domain_id domain_name endpoint_type hash_algorithms identity_uri insecure
    interface keyfile password project_domain_id project_domain_name project_id project_name region_name
    revocation_cache_time signing_dir split_loggers system_scope tenant_id tenant_name timeout trust_id user_domain_id
    user_domain_name user_id user_name username`),
  privsep: names('*'),
  privsep_conntrack: names('*'),
  privsep_dhcp_release: names('*'),
  privsep_link: names('*'),
  privsep_namespace: names('*'),
  privsep_ovs_vsctl: names('*'),
  profiler: names('*'),
  qos: names('kernel_hz notification_drivers tbf_latency'),
  quotas: names(`
    default_quota quota_driver quota_firewall quota_floatingip quota_health_monitor quota_items quota_member quota_network
    quota_pool quota_port quota_rbac_policy quota_router quota_security_group quota_security_group_rule quota_subnet
    quota_subnetpool quota_trunk quota_vip track_quota_usage`),
  rpc_notifier2: names('topics'),
  securitygroup: names('enable_ipset enable_security_group firewall_driver permitted_ethertypes'),
  service_providers: names('service_provider'),
  sql: names('connection'),
  sriov_nic: names('exclude_devices physical_device_mappings resource_provider_bandwidths resource_provider_hypervisors'),
  ssl: names('ca_file cert_file ciphers key_file version'),
  vxlan: names(`
    arp_responder enable_vxlan l2_population local_ip multicast_ranges tos ttl udp_dstport udp_srcport_max udp_srcport_min
    vxlan_group vxlan_udp_port`),
};
