import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Endpoint, MessageContext } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { listAll } from '../../api/resource-handler.ts';
import { transact } from '../../db/transact.ts';
import type { Db } from '../../db/types.ts';
import type { NovaNotifier } from '../../notifiers/nova/nova-notifier.ts';
import type { CorePlugin, StatusReport } from '../../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks } from '../../provisioning/provisioning-blocks.ts';
import { agentContext, invalidArgument, listArgument, optionalTextArgument, textArgument } from '../arguments.ts';
import { byId, deviceName, portsOfDevices, type DevicePort } from '../queries/device-ports.ts';
import { travellingOwners } from '../queries/tunnel-ports.ts';

export interface DeviceServices {
  readonly db: Db;
  readonly core: CorePlugin;
  readonly provisioning: ProvisioningBlocks;
  /** Where Nova is told of ports. */
  readonly nova?: Pick<NovaNotifier, 'wiredElsewhere'> | undefined;
  readonly log: Logger;
  /** The agent that has these ports wired wants to hear again what is behind which tunnel. */
  readonly onRefresh?: ((portIds: readonly string[]) => void) | undefined;
  /** A host has wired these ports of highly available routers, which are bound to others. */
  readonly onCopiesWired?: ((portIds: readonly string[], host: string) => void) | undefined;
}

/** What a Linux bridge agent asks and reports about the devices of its host. */
export function deviceEndpoint(services: DeviceServices): Endpoint {
  const { core } = services;
  return {
    version: '1.9',
    methods: {
      async get_device_details(context, args) {
        const [details] = await detailsOf(services, context, { devices: [deviceArgument(args)], host: optionalTextArgument(args, 'host') });
        return details ?? null;
      },

      async get_devices_details_list(context, args) {
        return detailsOf(services, context, { devices: deviceNames(args, 'devices'), host: optionalTextArgument(args, 'host') });
      },

      async get_devices_details_list_and_failed_devices(context, args) {
        const devices = deviceNames(args, 'devices');
        const host = optionalTextArgument(args, 'host');
        try {
          return { devices: await detailsOf(services, context, { devices, host }), failed_devices: [] };
        } catch (error) {
          services.log.error({ err: error, host, devices: devices.length }, 'details of devices cannot be given; the agent asks again');
          return { devices: [], failed_devices: devices };
        }
      },

      async get_network_details(context, args) {
        try {
          return await core.networks.get(agentContext(context), textArgument(args, 'network'));
        } catch (error) {
          if (isNeutronError(error, NetworkNotFound)) return null;
          throw error;
        }
      },

      async update_device_up(_context, args) {
        const device = deviceArgument(args);
        await reportUp(services, [device], { host: optionalTextArgument(args, 'host'), refresh: wantsRefresh(args) });
      },

      async update_device_down(context, args) {
        const device = deviceArgument(args);
        const { done } = await reportDown(services, context, { devices: [device], host: optionalTextArgument(args, 'host') });
        return done[0] ?? { device, exists: false };
      },

      async update_device_list(context, args) {
        const host = optionalTextArgument(args, 'host');
        const [ups, downs] = [deviceNames(args, 'devices_up'), deviceNames(args, 'devices_down')];
        const up = await reportUp(services, ups, { host, refresh: wantsRefresh(args) });
        const down = await reportDown(services, context, { devices: downs, host });
        return { devices_up: up.done, failed_devices_up: up.failed, devices_down: down.done, failed_devices_down: down.failed };
      },

      async get_ports_by_vnic_type_and_host(context, args) {
        const filters = { 'binding:vnic_type': [textArgument(args, 'vnic_type')], 'binding:host_id': [textArgument(args, 'host')] };
        return core.ports.list(agentContext(context), { ...listAll, filters });
      },
    },
  };
}

interface DeviceQuestion {
  readonly devices: readonly string[];
  readonly host: string | undefined;
}

/** In the order asked, at a fixed number of queries; a port that is wired anew is BUILD until its agent reports it up. */
async function detailsOf(services: DeviceServices, message: MessageContext, { devices, host }: DeviceQuestion): Promise<readonly JsonObject[]> {
  const context = agentContext(message);
  const known = await portsOfDevices(services.db, devices, host);
  const ids = [...known.values()].map(({ id }) => id);
  const views = ids.length === 0 ? new Map<string, JsonObject>() : byId(await services.core.ports.list(context, { ...listAll, filters: { id: ids } }));
  const details = devices.map((device) => {
    const port = known.get(device);
    const view = port && views.get(port.id);
    return port === undefined || view === undefined ? { device } : deviceDetails(device, port, { view, host });
  });
  const served = new Set(details.map((each) => ('port_id' in each ? String(each['port_id']) : '')));
  const wired = [...known.values()].filter((port) => served.has(port.id) && (host === undefined || host === port.host));
  for (const [status, isOn] of [['BUILD', 1], ['DOWN', 0]] as const) {
    const changing = wired.filter((port) => port.admin_state_up === isOn && port.status !== status).map(({ id }) => id);
    await services.core.updatePortStatuses(context, changing, status, reportFrom(host));
  }
  return details;
}

function deviceDetails(device: string, port: DevicePort, { view, host }: { readonly view: JsonObject; readonly host: string | undefined }): JsonObject {
  if (port.segment === null) return { device };
  if (port.device_owner.startsWith('compute:') && port.host !== host) return { device, no_active_binding: true };
  return {
    device,
    port_id: port.id,
    network_id: port.network_id,
    mac_address: port.mac_address,
    admin_state_up: port.admin_state_up === 1,
    ...port.segment,
    mtu: port.mtu,
    fixed_ips: view['fixed_ips'] ?? [],
    device_owner: port.device_owner,
    allowed_address_pairs: view['allowed_address_pairs'] ?? [],
    port_security_enabled: view['port_security_enabled'] ?? true,
    qos_policy_id: view['qos_policy_id'] ?? null,
    qos_network_policy_id: null,
    profile: view['binding:profile'] ?? {},
    propagate_uplink_status: view['propagate_uplink_status'] ?? false,
  };
}

interface Recorded<T> {
  readonly done: readonly T[];
  readonly failed: readonly string[];
}

interface UpReport {
  readonly host: string | undefined;
  readonly refresh: boolean;
}

/** Agents before Neutron's version 1.8 of this contract say that they were restarted. */
function wantsRefresh(args: JsonObject): boolean {
  return args['refresh_tunnels'] === true || args['agent_restarted'] === true;
}

async function reportUp(services: DeviceServices, devices: readonly string[], { host, refresh }: UpReport): Promise<Recorded<string>> {
  const known = await portsOfDevices(services.db, devices, host);
  return settle(services, devices, async (some) => {
    const ports = some.flatMap((device) => known.get(device) ?? []);
    const isHere = (port: DevicePort): boolean => host === undefined || host === port.host;
    const ids = ports.filter(isHere).map(({ id }) => id);
    await services.provisioning.complete(ids, 'L2');
    if (refresh) services.onRefresh?.(ids);
    const elsewhere = ports.filter((port) => !isHere(port));
    if (host !== undefined) services.onCopiesWired?.(elsewhere.filter(({ device_owner: owner }) => travellingOwners.includes(owner)).map(({ id }) => id), host);
    for (const port of elsewhere) services.nova?.wiredElsewhere(port);
    return some;
  });
}

type DownReply = { readonly device: string; readonly exists: boolean };

async function reportDown(services: DeviceServices, message: MessageContext, { devices, host }: DeviceQuestion): Promise<Recorded<DownReply>> {
  const known = await portsOfDevices(services.db, devices, host);
  return settle(services, devices, async (some) => {
    // Wired elsewhere meanwhile: its status is that other host's to tell.
    const here = some.flatMap((device) => known.get(device) ?? []).filter((port) => host === undefined || host === port.host).map(({ id }) => id);
    // Whatever else becomes ready, the port is not before an agent has wired it again.
    if (here.length > 0) await transact(services.db, (tx) => services.provisioning.addBlock(tx, here, 'L2'));
    const left = await services.core.updatePortStatuses(agentContext(message), here, 'DOWN', reportFrom(host));
    return some.map((device) => {
      const port = known.get(device);
      return { device, exists: port !== undefined && (left.has(port.id) || !here.includes(port.id)) };
    });
  });
}

/** Records all devices together. Where that fails, one by one: one device's failure is its own, and the agent repeats that one. */
async function settle<T>(services: DeviceServices, devices: readonly string[], work: (devices: readonly string[]) => Promise<readonly T[]>): Promise<Recorded<T>> {
  if (devices.length === 0) return { done: [], failed: [] };
  try {
    return { done: await work(devices), failed: [] };
  } catch (error) {
    const [device = ''] = devices;
    if (devices.length === 1) {
      services.log.error({ err: error, device }, 'the state of a device cannot be recorded');
      return { done: [], failed: [device] };
    }
  }
  const parts: Recorded<T>[] = [];
  for (const device of devices) parts.push(await settle(services, [device], work));
  return { done: parts.flatMap(({ done }) => done), failed: parts.flatMap(({ failed }) => failed) };
}

function reportFrom(host: string | undefined): StatusReport {
  return host === undefined ? {} : { host };
}

function deviceArgument(args: JsonObject): string {
  return nameOf(args['device'], 'device');
}

function deviceNames(args: JsonObject, name: string): readonly string[] {
  return [...new Set(listArgument(args, name).map((device) => nameOf(device, name)))];
}

function nameOf(device: Json | undefined, argument: string): string {
  const name = device === undefined ? undefined : deviceName(device);
  if (name === undefined) throw invalidArgument(argument, 'the name of a device');
  return name;
}
