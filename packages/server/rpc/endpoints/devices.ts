import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Endpoint, MessageContext } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { listAll } from '../../api/resource-handler.ts';
import { transact } from '../../db/transact.ts';
import type { Db } from '../../db/types.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks } from '../../provisioning/provisioning-blocks.ts';
import { agentContext, invalidArgument, listArgument, optionalTextArgument, textArgument } from '../arguments.ts';
import { byId, deviceName, portsOfDevices, type DevicePort } from '../queries/device-ports.ts';

export interface DeviceServices {
  readonly db: Db;
  readonly core: CorePlugin;
  readonly provisioning: ProvisioningBlocks;
  readonly log: Logger;
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
        await reportUp(services, [device], optionalTextArgument(args, 'host'));
      },

      async update_device_down(context, args) {
        const device = deviceArgument(args);
        const { done } = await reportDown(services, context, { devices: [device], host: optionalTextArgument(args, 'host') });
        return done[0] ?? { device, exists: false };
      },

      async update_device_list(context, args) {
        const host = optionalTextArgument(args, 'host');
        const [ups, downs] = [deviceNames(args, 'devices_up'), deviceNames(args, 'devices_down')];
        const up = await reportUp(services, ups, host);
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
  const changes = [...known.values()].filter((port) => served.has(port.id) && (host === undefined || host === port.host)).map((port) => ({ port, status: port.admin_state_up === 1 ? 'BUILD' : 'DOWN' }) as const);
  await Promise.all(
    changes.filter(({ port, status }) => port.status !== status).map(({ port, status }) => services.core.updatePortStatus(context, port.id, status, host)),
  );
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
    network_qos_policy_id: null,
    profile: view['binding:profile'] ?? {},
    propagate_uplink_status: view['propagate_uplink_status'] ?? false,
  };
}

async function reportUp(services: DeviceServices, devices: readonly string[], host: string | undefined): Promise<{ done: string[]; failed: string[] }> {
  const known = await portsOfDevices(services.db, devices, host);
  return settle(services, devices, async (device) => {
    const port = known.get(device);
    if (port !== undefined && (host === undefined || host === port.host)) await services.provisioning.complete(port.id, 'L2');
    return device;
  });
}

type DownReply = { readonly device: string; readonly exists: boolean };

async function reportDown(services: DeviceServices, message: MessageContext, { devices, host }: DeviceQuestion): Promise<{ done: DownReply[]; failed: string[] }> {
  const known = await portsOfDevices(services.db, devices, host);
  return settle(services, devices, async (device) => {
    const port = known.get(device);
    if (port === undefined) return { device, exists: false };
    // Wired elsewhere meanwhile: its status is that other host's to tell.
    if (host !== undefined && host !== port.host) return { device, exists: true };
    // Whatever else becomes ready, the port is not before an agent has wired it again.
    await transact(services.db, (tx) => services.provisioning.addBlock(tx, port.id, 'L2'));
    return { device, exists: await services.core.updatePortStatus(agentContext(message), port.id, 'DOWN', host) };
  });
}

/** One device's failure is its own: the agent repeats that one. */
async function settle<T>(services: DeviceServices, devices: readonly string[], work: (device: string) => Promise<T>): Promise<{ done: T[]; failed: string[] }> {
  const outcomes = await Promise.allSettled(devices.map(work));
  const done: T[] = [];
  const failed: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') done.push(outcome.value);
    else {
      services.log.error({ err: outcome.reason, device: devices[index] }, 'the state of a device cannot be recorded');
      failed.push(devices[index] ?? '');
    }
  }
  return { done, failed };
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
