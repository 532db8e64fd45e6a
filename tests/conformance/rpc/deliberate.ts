/** A difference from Neutron's server that is meant, and why. */
export interface Deliberate {
  readonly why: string;
  /** Titles of the conversation. */
  readonly in: RegExp;
  /** Lines of `differences`, or the type of an error. */
  readonly line: RegExp;
  used?: true;
}

export const deliberate: readonly Deliberate[] = [
  {
    why: 'Of a filtered port agents of every release read what the filter needs; Neutron sends the whole port along, twice the bytes for each of a host\'s ports.',
    in: /^security_group_(info|rules)_for_devices/,
    line: /^(\.devices)?\.<\w+>\.(admin_state_up|binding:\w+|created_at|description|device_id|extra_dhcp_opts|name|project_id|revision_number|status|tags|tenant_id|updated_at) is missing$/,
  },
  {
    why: 'The members of a remote group are told of both families: an agent that keeps them for other devices takes an empty list at its word.',
    in: /^security_group_info_for_devices: Newton/,
    line: /^\.sg_member_ips\.<\w+>\.IPv6 has 1 and not 0 members/,
  },
  {
    why: 'A member has its MAC address, which Neutron leaves out as it costs it another query; its agents do not use it.',
    in: /^security_group_info_for_devices: Wallaby/,
    line: /^\.sg_member_ips\.<sg>\.IPv4\[\d\]\[1\] is "fa:16:3e:/,
  },
  {
    why: 'A device that nobody knows does not exist; Neutron says so only where the agent does not name its host. Agents log it, no more.',
    in: /^update_device_list: Newton/,
    line: /^\.devices_down\[0\]\.exists is false and not true$/,
  },
  {
    why: "Tunnels lead to the addresses in the agents' reports, which are known before each has asked.",
    in: /^tunnel_sync: Newton/,
    line: /^\.tunnels has 2 and not 1 members/,
  },
  {
    why: 'The port of a DHCP server is ACTIVE when it is wired, too; Neutron does not wait for that.',
    in: /^(get_network_info: the port of the agent|dhcp_ready_on_ports: Newton)/,
    line: /status is "(DOWN|BUILD)" and not "ACTIVE"$/,
  },
  {
    why: 'Neutron announces a port before it binds it; here it is announced as it is when it is made.',
    in: /^(POST \/v2\.0\/ports|create_dhcp_port: Newton)/,
    line: /^\.payload\.port\.binding:vif_type is "bridge" and not "unbound"$/,
  },
  {
    why: 'The network that Neutron sends along with a subnet or a port is what its server needed to find the agents; agents do not read it.',
    in: /^(POST \/v2\.0\/(subnets|ports)|create_dhcp_port: Newton)/,
    line: /^\.payload\.(subnet|port)\.network is missing$/,
  },
  {
    why: "A project's default group is made when something first needs it, not with its first network.",
    in: /^POST \/v2\.0\/networks: net/,
    line: /^neutron-vo-SecurityGroup-1\.5 push 1\.1: nothing of the kind is told$/,
  },
  {
    why: 'Agents look there for firewalls, metering and VPNs, which neither server names; of the rest they make nothing.',
    in: /^get_service_plugin_list: Newton/,
    line: /^ has 2 and not 8 members/,
  },
  {
    why: 'There is no service for quality of service; an agent with its extension takes an address without a policy as one that is not limited.',
    in: /^sync_routers/,
    line: /^\[0\]\._floatingips\[0\]\.qos_(network_)?policy_id is missing$/,
  },
  {
    why: 'A host whose L3 agent is not known has no routers, whichever way it asks; Neutron says so to `get_router_ids` alone.',
    in: /^sync_routers: of a host without an agent/,
    line: /^AgentNotFoundByTypeHost$/,
  },
  {
    why: 'Routers that are distributed are not there, and neither are the namespaces of floating IPs that this is said of.',
    in: /^DELETE \/v2\.0\/networks: outside/,
    line: /^l3_agent fipnamespace_delete_on_ext_net 1\.0: nothing of the kind is told$/,
  },
];
