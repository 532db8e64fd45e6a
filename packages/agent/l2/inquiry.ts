import type { SecurityGroupInfo } from '@neutrino/lib/rpc/payloads';
import type { Logger } from 'pino';
import { mergeInfo, type PluginApi } from '../rpc/plugin-api.ts';
import { deviceReports, type DeviceReports } from './device-reports.ts';
import { hostPorts, type HostPorts } from './host-ports.ts';
import { isFiltered } from './port.ts';

/** What one pass is about. Every pass compares the whole kernel with the plan; this says what to ask the server first. */
export interface Occasion {
  /** Ask about every device. */
  readonly everything: boolean;
  /** Ask about these devices, as far as they are here. */
  readonly devices: ReadonlySet<string>;
  /** Ask for the security groups of these devices. */
  readonly security: ReadonlySet<string>;
}

/** A device of this host, by its name. One that comes back has another index. */
export interface PresentDevice {
  readonly name: string;
  readonly index: number;
}
export type PresentDevices = ReadonlyMap<string, PresentDevice>;

/** What is known of this host's devices from the server, and what it is to be told of them. Knows nothing of the kernel. */
export interface Inquiry {
  readonly ports: HostPorts;
  readonly reports: DeviceReports;
  /** Devices that are here and of which the server has never told. */
  readonly untold: ReadonlySet<string>;
  /** Asks what the occasion names, and of devices that were not asked about. Returns those to be asked about again. */
  readonly ask: (occasion: Occasion, devices: PresentDevices) => Promise<readonly string[]>;
  /** Forgets devices that are not here any more; the server is to be told. */
  readonly forgetOthers: (devices: PresentDevices) => void;
  /** The device's index when it was last asked about; undefined for one that was not. */
  readonly indexOf: (device: string) => number | undefined;
  readonly devices: () => Iterable<string>;
}

const nothing: SecurityGroupInfo = { devices: {}, security_groups: {}, sg_member_ips: {} };

export function inquire(api: PluginApi, { isFirewallEnabled, log }: { readonly isFirewallEnabled: boolean; readonly log: Logger }): Inquiry {
  const ports = hostPorts();
  const reports = deviceReports(api, log);
  /** Devices that were asked about → their index: a device that comes back is another device. */
  const asked = new Map<string, number>();
  const untold = new Set<string>();
  const unknown = new Set<string>();

  const ask = async (occasion: Occasion, devices: PresentDevices): Promise<readonly string[]> => {
    const wanted = [...devices.values()]
      .filter(({ name, index }) => occasion.everything || occasion.devices.has(name) || asked.get(name) !== index)
      .map(({ name }) => name);
    const others = [...occasion.security].filter((device) => ports.port(device) !== undefined && !wanted.includes(device));
    const forSecurity = isFirewallEnabled ? [...wanted, ...others] : [];
    const [details, security] = await Promise.all([
      wanted.length === 0 ? { devices: [], failed_devices: [] } : api.devicesDetails(wanted),
      forSecurity.length === 0 ? nothing : securityOf(forSecurity),
    ]);
    const learned = ports.learn(wanted, details, security);
    for (const device of wanted) {
      const present = devices.get(device);
      if (present !== undefined) asked.set(device, present.index);
      untold.delete(device);
    }
    for (const device of learned.known) unknown.delete(device);
    for (const device of learned.unknown) logUnknown(device);
    for (const device of learned.failed) if (ports.port(device) === undefined) untold.add(device);
    reports.wired(learned.known.filter((device) => ports.port(device)?.details.admin_state_up === true));
    return [...learned.failed, ...learned.known.filter(isClosed)];
  };

  /** A device that stood for all of its groups may be gone at the server by now, or in other groups: then the others are asked about. */
  const securityOf = async (devices: readonly string[]): Promise<SecurityGroupInfo> => {
    const info = await api.securityGroupInfo(devices);
    const untoldGroups = new Set(devices.flatMap((device) => ports.port(device)?.security?.security_groups ?? []).filter((id) => !(id in info.security_groups)));
    const others = ports.devicesOfGroups(untoldGroups, 'member').filter((device) => !devices.includes(device));
    return others.length === 0 ? info : mergeInfo([info, await api.securityGroupInfo(others)]);
  };

  /** A port that is to be filtered, of which the server did not say how: nothing passes, and it is asked again. */
  const isClosed = (device: string): boolean => {
    const port = ports.port(device);
    if (port === undefined || !isFirewallEnabled || !isFiltered(port) || port.security !== undefined) return false;
    reports.notYet(device);
    return true;
  };

  const logUnknown = (device: string): void => {
    if (unknown.has(device)) return;
    unknown.add(device);
    log.warn({ device }, 'the server knows no port for this device; it is left alone');
  };

  return {
    ports,
    reports,
    untold,
    ask,
    indexOf: (device) => asked.get(device),
    devices: () => asked.keys(),
    forgetOthers(devices) {
      for (const device of asked.keys()) {
        if (devices.has(device)) continue;
        asked.delete(device);
        untold.delete(device);
        unknown.delete(device);
        if (ports.forget(device)) reports.gone(device);
      }
    },
  };
}
