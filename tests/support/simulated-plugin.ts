import type { Json } from '@neutrino/lib/json';
import type { Endpoint, Transport } from '@neutrino/lib/rpc/messaging';
import type {
  AllowedAddressPair, DeviceDetails, EtherType, SecurityGroupDevice, SecurityGroupInfo, SecurityGroupRuleInfo,
} from '@neutrino/lib/rpc/payloads';
import { notifierTopic, topics } from '@neutrino/lib/rpc/topics';

/** A port of the simulated server. Addresses are IPv4 or IPv6, each on a subnet of its own id. */
export interface SimulatedPort {
  readonly id: string;
  readonly networkId: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly groups: readonly string[];
  readonly deviceOwner?: string;
  readonly portSecurity?: boolean;
  readonly adminStateUp?: boolean;
  readonly pairs?: readonly AllowedAddressPair[];
  readonly segment?: Pick<DeviceDetails, 'network_type' | 'segmentation_id' | 'physical_network'>;
  readonly mtu?: number;
}

export type SimulatedRule = Omit<SecurityGroupRuleInfo, 'security_group_id'>;

/** The server's half of what L2 agents talk about, from tables that a test writes. Answers are in Neutron's form. */
export interface SimulatedPlugin {
  readonly ports: Map<string, SimulatedPort>;
  readonly groups: Map<string, readonly SimulatedRule[]>;
  /** Address groups: prefixes. */
  readonly addressGroups: Map<string, readonly string[]>;
  /** Devices in the order in which they were reported. */
  readonly reportedUp: string[];
  readonly reportedDown: string[];
  /** Each is called with the devices of a report up, before it is answered. */
  readonly witnesses: Set<(devices: readonly string[]) => void>;
  /** Calls by method. */
  readonly calls: Map<string, number>;
  /** Devices for which the server fails. */
  readonly failing: Set<string>;
  readonly portUpdated: (id: string) => Promise<void>;
  readonly networkDeleted: (id: string) => Promise<void>;
  readonly rulesUpdated: (group: string) => Promise<void>;
  readonly membersUpdated: (group: string) => Promise<void>;
}

const deviceOf = (port: SimulatedPort): string => `tap${port.id.slice(0, 11)}`;
const familyOf = (address: string): EtherType => (address.includes(':') ? 'IPv6' : 'IPv4');

export async function simulatedPlugin(transport: Transport): Promise<SimulatedPlugin> {
  const ports = new Map<string, SimulatedPort>();
  const groups = new Map<string, readonly SimulatedRule[]>();
  const addressGroups = new Map<string, readonly string[]>();
  const reportedUp: string[] = [];
  const reportedDown: string[] = [];
  const witnesses: SimulatedPlugin['witnesses'] = new Set();
  const calls = new Map<string, number>();
  const failing = new Set<string>();
  const portOf = (device: string): SimulatedPort | undefined => [...ports.values()].find((port) => deviceOf(port) === device);
  const counted = (method: string): void => void calls.set(method, (calls.get(method) ?? 0) + 1);
  const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

  const securityInfo = (devices: readonly string[]): SecurityGroupInfo => {
    const found = devices.flatMap((device) => portOf(device) ?? []).filter((port) => !(port.deviceOwner ?? '').startsWith('network:'));
    const rules = [...new Set(found.flatMap((port) => port.groups))].map((id) => [id, groups.get(id) ?? []] as const);
    const members: Record<string, Partial<Record<EtherType, (readonly [string, string | null])[]>>> = {};
    for (const { remote_group_id: remote, remote_address_group_id: addresses, ethertype } of rules.flatMap(([, list]) => list)) {
      if (addresses !== undefined) {
        (members[addresses] ??= {})[ethertype] = (addressGroups.get(addresses) ?? []).filter((address) => familyOf(address) === ethertype).map((address) => [address, null] as const);
      }
      if (remote === undefined) continue;
      const inGroup = [...ports.values()].filter((port) => port.groups.includes(remote));
      (members[remote] ??= {})[ethertype] = inGroup.flatMap((port) =>
        port.addresses.filter((address) => familyOf(address) === ethertype).map((address) => [address, port.mac] as const),
      );
    }
    return {
      devices: Object.fromEntries(found.map((port) => [deviceOf(port), securityDevice(port)])),
      security_groups: Object.fromEntries(rules),
      sg_member_ips: members as SecurityGroupInfo['sg_member_ips'],
    };
  };

  const plugin: Endpoint = {
    version: '1.9',
    methods: {
      get_devices_details_list: (_context, { devices }) => {
        counted('details');
        const asked = devices as readonly string[];
        if (asked.some((device) => failing.has(device))) throw new Error('the details of a device cannot be given');
        return toJson(
          asked.map((device) => {
            const port = portOf(device);
            return port === undefined ? { device } : details(port);
          }),
        );
      },
      update_device_list: (_context, { devices_up, devices_down }) => {
        counted('reports');
        for (const witness of witnesses) witness(devices_up as readonly string[]);
        reportedUp.push(...(devices_up as readonly string[]));
        reportedDown.push(...(devices_down as readonly string[]));
        return toJson({
          devices_up, failed_devices_up: [], failed_devices_down: [],
          devices_down: (devices_down as readonly string[]).map((device) => ({ device, exists: portOf(device) !== undefined })),
        });
      },
    },
  };
  const security: Endpoint = {
    version: '1.3',
    methods: {
      security_group_info_for_devices: (_context, { devices }) => {
        counted('security');
        return toJson(securityInfo(devices as readonly string[]));
      },
    },
  };
  await transport.listen({ topic: topics.plugin, server: 'server', endpoints: [plugin, security] });
  await transport.listen({
    topic: topics.reports, server: 'server', endpoints: [{ version: '1.4', methods: { report_state: () => 'alive' } }],
  });
  const notify = (topic: string, method: string, args: Record<string, Json>): Promise<void> => transport.cast({}, { topic, fanout: true }, method, args);

  return {
    ports, groups, addressGroups, reportedUp, reportedDown, witnesses, calls, failing,
    portUpdated: (id) => notify(notifierTopic('port', 'update'), 'port_update', { port: { id } }),
    networkDeleted: (id) => notify(notifierTopic('network', 'delete'), 'network_delete', { network_id: id }),
    rulesUpdated: (group) => notify(notifierTopic('security_group', 'update'), 'security_groups_rule_updated', { security_groups: [group] }),
    membersUpdated: (group) => notify(notifierTopic('security_group', 'update'), 'security_groups_member_updated', { security_groups: [group] }),
  };
}

function details(port: SimulatedPort): DeviceDetails {
  return {
    device: deviceOf(port),
    port_id: port.id,
    network_id: port.networkId,
    mac_address: port.mac,
    admin_state_up: port.adminStateUp ?? true,
    ...(port.segment ?? { network_type: 'local', segmentation_id: null, physical_network: null }),
    mtu: port.mtu ?? 1450,
    fixed_ips: port.addresses.map((ip_address) => ({ subnet_id: familyOf(ip_address), ip_address })),
    device_owner: port.deviceOwner ?? 'compute:nova',
    allowed_address_pairs: port.pairs ?? [],
    port_security_enabled: port.portSecurity ?? true,
    qos_policy_id: null,
    qos_network_policy_id: null,
    profile: {},
    propagate_uplink_status: false,
  };
}

function securityDevice(port: SimulatedPort): SecurityGroupDevice {
  return {
    id: port.id,
    device: deviceOf(port),
    network_id: port.networkId,
    mac_address: port.mac,
    device_owner: port.deviceOwner ?? 'compute:nova',
    fixed_ips: port.addresses,
    allowed_address_pairs: port.pairs ?? [],
    port_security_enabled: port.portSecurity ?? true,
    security_group_rules: [],
    security_groups: port.groups,
    security_group_source_groups: [],
  };
}
