import type { Json, JsonObject } from '@neutrino/lib/json';
import { forwardingMethod } from '@neutrino/lib/rpc/forwarding-entries';
import { RemoteError, type Transport } from '@neutrino/lib/rpc/messaging';
import type {
  DeviceDetails, DevicesDetailsReply, SecurityGroupInfo, UpdateDeviceListReply,
} from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import { isUnknownMethod } from './unknown-method.ts';

/** The L2 agent's side of the topic q-plugin: what it asks and tells the server about devices of this host. */
export interface PluginApi {
  /** Marks the ports BUILD on the server until they are reported up. */
  readonly devicesDetails: (devices: readonly string[]) => Promise<DevicesDetailsReply>;
  readonly securityGroupInfo: (devices: readonly string[]) => Promise<SecurityGroupInfo>;
  readonly updateDeviceList: (up: readonly string[], down: readonly string[]) => Promise<UpdateDeviceListReply>;
  /** Reports wired devices once more, and asks to be told what is behind the tunnels of their networks. */
  readonly refreshTunnels: (devices: readonly string[]) => Promise<void>;
  /** All that is behind the tunnels of these networks; undefined where the server does not tell, as Neutron's does not. */
  readonly forwardingEntries: (networks: readonly string[]) => Promise<Json | undefined>;
}

export interface PluginApiOptions {
  readonly transport: Transport;
  readonly agentId: string;
  readonly host: string;
  /** Devices per request; more are asked for in several. */
  readonly devicesPerRequest: number;
}

export function pluginApi({ transport, agentId, host, devicesPerRequest }: PluginApiOptions): PluginApi {
  const call = (version: string, method: string, args: JsonObject): Promise<Json> =>
    transport.call({}, { topic: topics.plugin, version }, method, args);

  // Of the two methods that there are, the one that says what failed takes whole ids of ports alone at Neutron's own server, and a tap's
  // name has the beginning of one.
  const detailsOf = async (devices: readonly string[]): Promise<DevicesDetailsReply> => {
    try {
      const details: unknown = await call('1.3', 'get_devices_details_list', { devices, agent_id: agentId, host });
      return { devices: details as DevicesDetailsReply['devices'], failed_devices: [] };
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (devices.length <= 1) return { devices: [], failed_devices: devices };
      // One that the server fails on must not keep the others unwired.
      const parts = await Promise.all(devices.map((device) => detailsOf([device])));
      return { devices: parts.flatMap((part) => part.devices), failed_devices: parts.flatMap((part) => part.failed_devices) };
    }
  };

  return {
    async devicesDetails(devices) {
      const parts = await Promise.all(chunks(devices, devicesPerRequest).map(detailsOf));
      return { devices: parts.flatMap((part) => part.devices), failed_devices: parts.flatMap((part) => part.failed_devices) };
    },

    async securityGroupInfo(devices) {
      const replies = await Promise.all(
        chunks(devices, devicesPerRequest).map(
          (some) => call('1.3', 'security_group_info_for_devices', { devices: some, call_version: '1.3' }) as Promise<unknown>,
        ),
      );
      return mergeInfo((replies as readonly SecurityGroupInfo[]).map(withoutNulls));
    },

    async updateDeviceList(up, down) {
      const reply: unknown = await call('1.5', 'update_device_list', { devices_up: up, devices_down: down, agent_id: agentId, host });
      return reply as UpdateDeviceListReply;
    },

    async refreshTunnels(devices) {
      // By its name since Neutron's version 1.8 of this contract, and by the one before; servers pass over what they do not know.
      await call('1.5', 'update_device_list', { devices_up: devices, devices_down: [], agent_id: agentId, host, refresh_tunnels: true, agent_restarted: true });
    },

    async forwardingEntries(networks) {
      try {
        return await call('1.0', forwardingMethod, { host, networks });
      } catch (error) {
        if (isUnknownMethod(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Whether the server knows the device. */
export function isKnown(device: DevicesDetailsReply['devices'][number]): device is DeviceDetails {
  return 'port_id' in device;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Answers about several devices as one; what a later one tells wins. */
export function mergeInfo(parts: readonly SecurityGroupInfo[]): SecurityGroupInfo {
  const members: Record<string, Partial<SecurityGroupInfo['sg_member_ips'][string]>> = {};
  for (const part of parts) {
    for (const [group, byFamily] of Object.entries(part.sg_member_ips)) members[group] = { ...members[group], ...byFamily };
  }
  return {
    devices: Object.assign({}, ...parts.map((part) => part.devices)) as SecurityGroupInfo['devices'],
    security_groups: Object.assign({}, ...parts.map((part) => part.security_groups)) as SecurityGroupInfo['security_groups'],
    sg_member_ips: members as SecurityGroupInfo['sg_member_ips'],
  };
}

/** A rule's field that is null means what an absent one means. */
function withoutNulls(info: SecurityGroupInfo): SecurityGroupInfo {
  const clean = <R extends object>(rules: readonly R[]): readonly R[] =>
    rules.map((rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)) as R);
  return {
    ...info,
    devices: Object.fromEntries(
      Object.entries(info.devices).map(([key, device]) => [key, { ...device, security_group_rules: clean(device.security_group_rules) }]),
    ),
    security_groups: Object.fromEntries(Object.entries(info.security_groups).map(([id, rules]) => [id, clean(rules)])),
  };
}
