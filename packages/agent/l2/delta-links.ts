import type { Link } from '../linux/link.ts';
import type { DesiredBridge, DesiredTap, Uplink, Wiring } from './plan-wiring.ts';
import type { LinuxBridgeSettings } from './settings.ts';
import { isTapName } from './device-names.ts';
import type { Step, VxlanOptions } from './steps.ts';

export interface LinkState {
  readonly links: ReadonlyMap<string, Link>;
  readonly ipv6Off: (device: string) => boolean;
}

export interface LinkContext {
  readonly settings: LinuxBridgeSettings;
  /** The device that carries `vxlan.localIp`; undefined where there is none. */
  readonly tunnelDevice: string | undefined;
}

/** The steps from the links that are to those that should be, in an order in which each can be taken. Removes nothing. */
export function deltaLinks(wiring: Wiring, state: LinkState, context: LinkContext): readonly Step[] {
  const steps: Phases = { make: [], quiet: [], shape: [] };
  for (const bridge of wiring.bridges.values()) bridgeSteps(bridge, state, steps);
  for (const uplink of wiring.uplinks.values()) uplinkSteps(uplink, state, context, steps);
  for (const tap of wiring.taps.values()) tapSteps(tap, state, steps);
  return [...steps.make, ...steps.quiet, ...steps.shape];
}

/** Devices are made, then kept from speaking IPv6, and only then brought up. */
interface Phases {
  readonly make: Step[];
  readonly quiet: Step[];
  readonly shape: Step[];
}

function bridgeSteps(bridge: DesiredBridge, { links, ipv6Off }: LinkState, { make, quiet, shape }: Phases): void {
  if (!bridge.ours) return;
  const link = links.get(bridge.name);
  const device = bridge.name;
  if (link === undefined) make.push({ kind: 'add-bridge', device });
  else if (link.bridge?.stp !== false || link.bridge.forwardDelay !== 0) shape.push({ kind: 'configure-bridge', device });
  if (bridge.secluded && (link === undefined || !ipv6Off(device))) quiet.push({ kind: 'ipv6-off', device });
  if (bridge.mtu !== null && link?.mtu !== bridge.mtu) shape.push({ kind: 'set-mtu', device, mtu: bridge.mtu });
  if (link?.up !== true) shape.push({ kind: 'set-up', device });
}

function uplinkSteps(uplink: Uplink, state: LinkState, context: LinkContext, { make, quiet, shape }: Phases): void {
  const device = uplink.name;
  let link = state.links.get(device);
  if (uplink.kind === 'physical') {
    // An interface that is not there cannot be made; the network works within the host until it comes.
    if (link === undefined) return;
  } else {
    if (uplink.kind === 'vxlan') {
      const options = vxlanOptions(uplink.group, context);
      if (options === undefined) return;
      if (link !== undefined && !isTunnel(link, uplink.vni, options)) {
        make.push({ kind: 'delete-link', device });
        link = undefined;
      }
      if (link === undefined) make.push({ kind: 'add-vxlan', device, vni: uplink.vni, options });
      if (link?.mtu !== uplink.mtu) shape.push({ kind: 'set-mtu', device, mtu: uplink.mtu });
    } else if (link === undefined) {
      if (!state.links.has(uplink.parent)) return;
      make.push({ kind: 'add-vlan', device, parent: uplink.parent, vlan: uplink.vlan });
    }
    if (link === undefined || !state.ipv6Off(device)) quiet.push({ kind: 'ipv6-off', device });
  }
  if (link?.master !== uplink.bridge) shape.push({ kind: 'enslave', device, bridge: uplink.bridge });
  if (link?.up !== true) shape.push({ kind: 'set-up', device });
}

function tapSteps(tap: DesiredTap, { links, ipv6Off }: LinkState, { quiet, shape }: Phases): void {
  const link = links.get(tap.name);
  if (link === undefined) return;
  const device = tap.name;
  if (!ipv6Off(device)) quiet.push({ kind: 'ipv6-off', device });
  if (link.mtu !== tap.mtu) shape.push({ kind: 'set-mtu', device, mtu: tap.mtu });
  const hypervisorPlugs = tap.ofInstance && link.kind === 'tun';
  if (link.master !== tap.bridge && !hypervisorPlugs) shape.push({ kind: 'enslave', device, bridge: tap.bridge });
  if (link.up !== tap.up) shape.push({ kind: tap.up ? 'set-up' : 'set-down', device });
}

function vxlanOptions(group: string | null, { settings: { vxlan }, tunnelDevice }: LinkContext): VxlanOptions | undefined {
  if (vxlan.localIp === null || tunnelDevice === undefined) return undefined;
  return {
    parent: tunnelDevice, local: vxlan.localIp, group, dstPort: vxlan.dstPort, srcPorts: vxlan.srcPorts, ttl: vxlan.ttl, tos: vxlan.tos,
  };
}

/** Attributes that the kernel cannot change on an existing device. */
function isTunnel(link: Link, vni: number, options: VxlanOptions): boolean {
  const { vxlan } = link;
  return (
    vxlan !== undefined && vxlan.vni === vni && vxlan.dstPort === options.dstPort &&
    vxlan.local === options.local && (vxlan.group ?? null) === options.group
  );
}

/** A bridge of ours that no network needs any more, and how to take it down. */
export interface EmptyBridge {
  readonly name: string;
  /** The host's interface in it, which gets back the addresses that the bridge took over. */
  readonly interface: string | undefined;
  /** In order: what leads out of it, then the bridge. */
  readonly steps: readonly Step[];
}

/** Bridges named as ours that no port needs and no port's device is in. */
export function emptyBridges(wiring: Wiring, links: ReadonlyMap<string, Link>, settings: LinuxBridgeSettings): readonly EmptyBridge[] {
  const kept = new Set([...wiring.bridges.keys(), ...settings.bridgeMappings.values()]);
  const physical = new Set(settings.physicalInterfaceMappings.values());
  const members = Map.groupBy([...links.values()], (link) => link.master);
  return [...links.values()]
    .filter(({ name, kind }) => kind === 'bridge' && /^brq[0-9a-f]{8}-[0-9a-f]{2}$/.test(name) && !kept.has(name))
    .filter(({ name }) => !(members.get(name) ?? []).some((link) => isTapName(link.name)))
    .map(({ name }) => ({
      name,
      interface: (members.get(name) ?? []).find((link) => physical.has(link.name))?.name,
      steps: [
        ...(members.get(name) ?? []).map((link): Step =>
          !physical.has(link.name) && (link.kind === 'vxlan' || link.kind === 'vlan')
            ? { kind: 'delete-link', device: link.name }
            : { kind: 'release', device: link.name },
        ),
        { kind: 'delete-link', device: name },
      ],
    }));
}
