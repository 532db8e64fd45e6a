import { canonicalIp } from '@neutrino/lib/net/ip';
import type { Link } from '../linux/link.ts';
import { moveFromBridge, moveToBridge, nothingOfHost, type HostConfiguration } from './move-host.ts';
import type { DesiredBridge, DesiredTap, Uplink, Wiring } from './plan-wiring.ts';
import type { LinuxBridgeSettings } from './settings.ts';
import { isTapName } from './device-names.ts';
import type { Step, VxlanOptions } from './steps.ts';

export interface LinkState {
  readonly links: ReadonlyMap<string, Link>;
  readonly ipv6Off: (device: string) => boolean;
  /** What the host has on the interfaces that are to become ports of bridges. */
  readonly hostOn: ReadonlyMap<string, HostConfiguration>;
}

export interface LinkContext {
  readonly settings: LinuxBridgeSettings;
}

/** The steps from the links that are to those that should be, in an order in which each can be taken. Removes nothing. */
export function deltaLinks(wiring: Wiring, state: LinkState, context: LinkContext): readonly Step[] {
  const steps: Phases = { make: [], move: [], quiet: [], shape: [] };
  for (const bridge of wiring.bridges.values()) bridgeSteps(bridge, state, steps);
  for (const uplink of wiring.uplinks.values()) {
    if (uplink.kind === 'physical') physicalSteps(uplink, state, steps);
  }
  for (const uplink of wiring.uplinks.values()) {
    if (uplink.kind !== 'physical') uplinkSteps(uplink, { ...state, carrier: tunnelCarrier(wiring, state, context) }, context, steps);
  }
  for (const tap of wiring.taps.values()) tapSteps(tap, state, steps);
  return [...steps.make, ...steps.move, ...steps.quiet, ...steps.shape];
}

/** Bridges are made and take the host's interfaces in; other devices are made, then kept from speaking IPv6, and only then brought up. */
interface Phases {
  readonly make: Step[];
  readonly move: Step[];
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

function physicalSteps({ name, bridge }: Uplink, { links, hostOn, ipv6Off }: LinkState, { move }: Phases): void {
  const link = links.get(name);
  // An interface that is not there cannot be made; the network works within the host until it comes.
  if (link === undefined) return;
  const configuration = hostOn.get(name) ?? nothingOfHost;
  const step = moveToBridge({ interface: link, bridge, bridgeLink: links.get(bridge), configuration });
  if (step === undefined) return;
  if (link.master !== bridge) move.push({ kind: 'host-settings', device: bridge, from: name });
  // Nova makes bridges too, and those have no IPv6: no address of the host could be there.
  if (configuration.addresses.some(({ address }) => address.includes(':')) && ipv6Off(bridge)) move.push({ kind: 'ipv6-on', device: bridge });
  move.push(step);
}

/** The device that carries `vxlan.localIp`, once this pass's moves are done; undefined where there is none. */
function tunnelCarrier({ uplinks }: Wiring, { links }: LinkState, { settings: { vxlan } }: LinkContext): string | undefined {
  const local = canonicalIp(vxlan.localIp ?? '');
  const holders = [...links.values()].filter(({ addresses }) => addresses?.some((address) => address.split('/')[0] === local));
  return holders.map(({ name }) => uplinks.get(name)?.bridge ?? name)[0];
}

function uplinkSteps(
  uplink: Exclude<Uplink, { readonly kind: 'physical' }>, state: LinkState & { readonly carrier: string | undefined }, context: LinkContext, { move, quiet, shape }: Phases,
): void {
  const device = uplink.name;
  let link = state.links.get(device);
  let answersNeighbours = false;
  if (uplink.kind === 'vxlan') {
    const options = vxlanOptions(uplink.group, state.carrier, context);
    if (options === undefined) return;
    if (link !== undefined && !isTunnel(link, uplink.vni, options)) {
      move.push({ kind: 'delete-link', device });
      link = undefined;
    }
    if (link === undefined) move.push({ kind: 'add-vxlan', device, vni: uplink.vni, options });
    answersNeighbours = options.proxy;
    if (uplink.mtu !== null && link?.mtu !== uplink.mtu) shape.push({ kind: 'set-mtu', device, mtu: uplink.mtu });
  } else if (link === undefined) {
    if (!state.links.has(uplink.parent)) return;
    move.push({ kind: 'add-vlan', device, parent: uplink.parent, vlan: uplink.vlan });
  }
  if (answersNeighbours) {
    if (link === undefined || link.ipv6Off === true) quiet.push({ kind: 'ipv6-neighbours', device });
  } else if (link === undefined || !state.ipv6Off(device)) quiet.push({ kind: 'ipv6-off', device });
  if (link?.master !== uplink.bridge) shape.push({ kind: 'enslave', device, bridge: uplink.bridge });
  if (link?.up !== true) shape.push({ kind: 'set-up', device });
}

function tapSteps(tap: DesiredTap, { links, ipv6Off }: LinkState, { quiet, shape }: Phases): void {
  const link = links.get(tap.name);
  if (link === undefined) return;
  const device = tap.name;
  if (!ipv6Off(device)) quiet.push({ kind: 'ipv6-off', device });
  if (tap.mtu !== null && link.mtu !== tap.mtu) shape.push({ kind: 'set-mtu', device, mtu: tap.mtu });
  const hypervisorPlugs = tap.ofInstance && link.kind === 'tun';
  if (link.master !== tap.bridge && !hypervisorPlugs) shape.push({ kind: 'enslave', device, bridge: tap.bridge });
  if (link.up !== tap.up) shape.push({ kind: tap.up ? 'set-up' : 'set-down', device });
}

function vxlanOptions(group: string | null, carrier: string | undefined, { settings: { vxlan } }: LinkContext): VxlanOptions | undefined {
  if (vxlan.localIp === null || carrier === undefined) return undefined;
  return {
    parent: carrier, local: vxlan.localIp, group, dstPort: vxlan.dstPort, srcPorts: vxlan.srcPorts, ttl: vxlan.ttl, tos: vxlan.tos,
    proxy: vxlan.l2Population && vxlan.arpResponder,
  };
}

/** The type of service that stands for that of the packet inside. */
const INHERITED = 1;

/** Attributes of which the kernel can change hardly any on an existing device. */
function isTunnel(link: Link, vni: number, options: VxlanOptions): boolean {
  const { vxlan } = link;
  return (
    vxlan !== undefined && vxlan.vni === vni && vxlan.carrier === options.parent && vxlan.dstPort === options.dstPort &&
    vxlan.local === canonicalIp(options.local) && (vxlan.group ?? null) === options.group && vxlan.proxy === options.proxy &&
    vxlan.ttl === (options.ttl ?? 0) && vxlan.tos === (options.tos === 'inherit' ? INHERITED : (options.tos ?? 0)) &&
    vxlan.srcPorts.minimum === (options.srcPorts?.minimum ?? 0) && vxlan.srcPorts.maximum === (options.srcPorts?.maximum ?? 0)
  );
}

/** A bridge of ours that no network needs any more. */
export interface EmptyBridge {
  readonly name: string;
  /** The host's interface in it, which gets back what the host has on the bridge. */
  readonly interface: string | undefined;
  /** The other devices in it. */
  readonly members: readonly Link[];
}

/** Bridges named as ours that no port needs. */
export function unneededBridges(wiring: Wiring, links: ReadonlyMap<string, Link>, settings: LinuxBridgeSettings): readonly Link[] {
  const kept = new Set([...wiring.bridges.keys(), ...settings.bridgeMappings.values()]);
  return [...links.values()].filter(({ name, kind }) => kind === 'bridge' && /^brq[0-9a-f]{8}-[0-9a-f]{2}$/.test(name) && !kept.has(name));
}

/** Those of them that no port's device is in. */
export function emptyBridges(wiring: Wiring, links: ReadonlyMap<string, Link>, settings: LinuxBridgeSettings): readonly EmptyBridge[] {
  const physical = new Set(settings.physicalInterfaceMappings.values());
  const membersOf = Map.groupBy([...links.values()], (link) => link.master);
  return unneededBridges(wiring, links, settings)
    .filter(({ name }) => !(membersOf.get(name) ?? []).some((link) => isTapName(link.name)))
    .map((bridge) => {
      const members = membersOf.get(bridge.name) ?? [];
      const speaks = (bridge.addresses ?? []).length > 0;
      // A sub-interface through which the host speaks is the operator's.
      const own = members.find((link) => physical.has(link.name)) ?? members.find((link) => speaks && link.kind === 'vlan');
      return { name: bridge.name, interface: own?.name, members: members.filter((link) => link !== own) };
    });
}

/** First the steps that give back what the host has on the bridge and take it down, then those that remove what led out of it. */
export function removalSteps({ name, interface: own, members }: EmptyBridge, configuration: HostConfiguration): readonly [readonly Step[], readonly Step[]] {
  return [
    own === undefined ? [] : [moveFromBridge(name, own, configuration)],
    [
      ...members.map(({ name: device, kind }): Step => ({ kind: kind === 'vxlan' || kind === 'vlan' ? 'delete-link' : 'release', device })),
      ...(own === undefined ? [{ kind: 'delete-link', device: name } as const] : []),
    ],
  ];
}
