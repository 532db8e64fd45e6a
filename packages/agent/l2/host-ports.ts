import { isDeepStrictEqual } from 'node:util';
import type { DevicesDetailsReply, EtherType, SecurityGroupDevice, SecurityGroupInfo, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { isKnown } from '../rpc/plugin-api.ts';
import type { HostState } from './plan-host.ts';
import type { Port } from './port.ts';
import { remoteGroupOf } from './remote-group.ts';

/**
 * What the server has said of this host's devices, kept between passes. Answers are merged into it, so
 * that a pass needs to ask only for what a notification named.
 */
export interface HostPorts {
  readonly state: () => HostState;
  readonly port: (device: string) => Port | undefined;
  /** Takes in the answers to one question about `asked`. */
  readonly learn: (asked: readonly string[], details: DevicesDetailsReply, security: SecurityGroupInfo) => Learned;
  /** Takes in security groups alone. */
  readonly learnSecurity: (security: SecurityGroupInfo) => void;
  /** True where the device was a port's. */
  readonly forget: (device: string) => boolean;
  readonly devicesOfNetwork: (networkId: string) => readonly string[];
  /** Devices with any of the groups, or with rules that refer to any of them. */
  readonly devicesOfGroups: (groups: ReadonlySet<string>, how: 'member' | 'remote') => readonly string[];
  /**
   * Of these as few as it takes to hear all that there is to hear of the groups: an answer has a group's rules once, whichever of its
   * devices was asked about, and the members of the groups that those rules refer to.
   */
  readonly devicesToAsk: (groups: ReadonlySet<string>, how: 'member' | 'remote') => readonly string[];
}

export interface Learned {
  readonly known: readonly string[];
  /** Devices of which the server has no port. */
  readonly unknown: readonly string[];
  /** Devices that the server could not answer for. */
  readonly failed: readonly string[];
}

export function hostPorts(): HostPorts {
  const ports = new Map<string, Port>();
  const groups = new Map<string, readonly SecurityGroupRuleInfo[]>();
  const members = new Map<string, Readonly<Record<EtherType, readonly string[]>>>();

  const learnSecurity = (info: SecurityGroupInfo): void => {
    for (const [key, security] of Object.entries(info.devices)) {
      const device = deviceOf(key, security, ports);
      const port = device === undefined ? undefined : ports.get(device);
      if (port !== undefined) ports.set(port.details.device, { ...port, security });
    }
    // What is told again stays the same object, by which plans know that nothing has changed.
    for (const [id, rules] of Object.entries(info.security_groups)) if (!isDeepStrictEqual(rules, groups.get(id))) groups.set(id, rules);
    // Members are told only of families that the rules of the devices asked about refer to. Another's list
    // may be missing or empty, and says nothing.
    const told = [...Object.values(info.security_groups), ...Object.values(info.devices).map((device) => device.security_group_rules)];
    for (const rule of told.flat()) {
      const [id, { ethertype }] = [remoteGroupOf(rule), rule];
      if (id === undefined) continue;
      const listed = (info.sg_member_ips[id] as Partial<SecurityGroupInfo['sg_member_ips'][string]> | undefined)?.[ethertype] ?? [];
      members.set(id, { ...(members.get(id) ?? { IPv4: [], IPv6: [] }), [ethertype]: listed.map(([address]) => address) });
    }
    forgetUnused();
  };

  const forgetUnused = (): void => {
    const used = new Set([...ports.values()].flatMap((port) => port.security?.security_groups ?? []));
    for (const id of groups.keys()) if (!used.has(id)) groups.delete(id);
    const remote = new Set([...ports.values()].flatMap(remoteGroups));
    for (const id of members.keys()) if (!remote.has(id)) members.delete(id);
  };

  const rulesOf = (port: Port): readonly SecurityGroupRuleInfo[] =>
    [...(port.security?.security_group_rules ?? []), ...(port.security?.security_groups ?? []).flatMap((id) => groups.get(id) ?? [])];
  const remoteGroups = (port: Port): readonly string[] => rulesOf(port).flatMap((rule) => remoteGroupOf(rule) ?? []);
  const familyOfRemote = (rule: SecurityGroupRuleInfo): string => `${remoteGroupOf(rule)} ${rule.ethertype}`;

  /** What an answer about the port tells: members of a group for each family that rules refer to. */
  const subjects = (port: Port, wanted: ReadonlySet<string>, how: 'member' | 'remote'): readonly string[] =>
    how === 'member'
      ? (port.security?.security_groups ?? []).filter((id) => wanted.has(id))
      : rulesOf(port).filter((rule) => wanted.has(remoteGroupOf(rule) ?? '')).map(familyOfRemote);

  return {
    state: () => ({ ports, groups, members }),
    port: (device) => ports.get(device),
    learn(asked, details, security) {
      const known: string[] = [];
      for (const device of details.devices) {
        if (!isKnown(device)) continue;
        const before = ports.get(device.device)?.security;
        ports.set(device.device, before === undefined ? { details: device } : { details: device, security: before });
        known.push(device.device);
      }
      const failed = new Set(details.failed_devices);
      const unknown = asked.filter((device) => !known.includes(device) && !failed.has(device));
      for (const device of unknown) ports.delete(device);
      learnSecurity(security);
      return { known, unknown, failed: [...failed] };
    },
    learnSecurity,
    forget(device) {
      const wasPort = ports.delete(device);
      if (wasPort) forgetUnused();
      return wasPort;
    },
    devicesOfNetwork: (networkId) => [...ports.values()].filter(({ details }) => details.network_id === networkId).map(({ details }) => details.device),
    devicesToAsk(wanted, how) {
      const told = new Set<string>();
      return [...ports.values()].flatMap((port) => {
        const news = subjects(port, wanted, how).filter((subject) => !told.has(subject));
        for (const subject of news) told.add(subject);
        return news.length === 0 ? [] : [port.details.device];
      });
    },
    devicesOfGroups: (wanted, how) =>
      [...ports.values()]
        .filter((port) => (how === 'member' ? port.security?.security_groups ?? [] : remoteGroups(port)).some((id) => wanted.has(id)))
        .map(({ details }) => details.device),
  };
}

/** Servers key the reply by device name or by port id. */
function deviceOf(key: string, security: SecurityGroupDevice, ports: ReadonlyMap<string, Port>): string | undefined {
  if (ports.has(security.device)) return security.device;
  if (ports.has(key)) return key;
  return [...ports.values()].find(({ details }) => details.port_id === security.id)?.details.device;
}
