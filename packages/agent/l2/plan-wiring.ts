import { parseCidr } from '@neutrino/lib/net/cidr';
import { addressBits, formatIp, parseIp } from '@neutrino/lib/net/ip';
import type { DeviceDetails } from '@neutrino/lib/rpc/payloads';
import { bridgeName, vlanName, vxlanName } from './device-names.ts';
import type { Port } from './port.ts';
import type { LinuxBridgeSettings, VxlanSettings } from './settings.ts';

/** The links that a set of ports needs. Pure data: what is there already makes no difference. */
export interface Wiring {
  readonly bridges: ReadonlyMap<string, DesiredBridge>;
  /** By device name. */
  readonly uplinks: ReadonlyMap<string, Uplink>;
  readonly taps: ReadonlyMap<string, DesiredTap>;
  /** Devices whose network this host cannot carry, and why. */
  readonly unwirable: ReadonlyMap<string, string>;
}

export interface DesiredBridge {
  readonly name: string;
  /** False for a bridge of `bridge_mappings`: it must exist, and we neither make, configure nor remove it. */
  readonly ours: boolean;
  /** Bytes; null leaves it to the kernel (the least of its ports). */
  readonly mtu: number | null;
  /** False where the bridge carries the host's own addresses. Elsewhere the host keeps out of its tenants' networks: it neither speaks nor hears there. */
  readonly secluded: boolean;
}

/** The device through which a bridge leaves the host. A physical one is the operator's: it is there or not, and may carry the host's addresses. */
export type Uplink =
  | { readonly kind: 'physical'; readonly name: string; readonly bridge: string }
  | { readonly kind: 'vlan'; readonly name: string; readonly bridge: string; readonly parent: string; readonly vlan: number }
  | {
      readonly kind: 'vxlan'; readonly name: string; readonly bridge: string; readonly vni: number; readonly mtu: number | null;
      readonly group: string | null;
    };

export interface DesiredTap {
  readonly name: string;
  readonly bridge: string;
  /** Bytes; null leaves it as it is. */
  readonly mtu: number | null;
  readonly up: boolean;
  /** A hypervisor that makes the device (a tun) also plugs it, and fails where somebody was quicker. */
  readonly ofInstance: boolean;
}

/** What the host's links should be, so that each of `ports` is on its network. `carriesHost`: the device has addresses of the host. */
export function planWiring(ports: Iterable<Port>, settings: LinuxBridgeSettings, carriesHost: (device: string) => boolean = () => false): Wiring {
  const bridges = new Map<string, DesiredBridge>();
  const uplinks = new Map<string, Uplink>();
  const taps = new Map<string, DesiredTap>();
  const unwirable = new Map<string, string>();
  for (const { details } of ports) {
    const place = placeNetwork(details, settings, carriesHost);
    if (typeof place === 'string') {
      unwirable.set(details.device, place);
      continue;
    }
    bridges.set(place.bridge.name, place.bridge);
    if (place.uplink !== undefined) uplinks.set(place.uplink.name, place.uplink);
    taps.set(details.device, {
      name: details.device,
      bridge: place.bridge.name,
      mtu: mtuOf(details),
      up: details.admin_state_up,
      ofInstance: details.device_owner.startsWith('compute:'),
    });
  }
  return { bridges, uplinks, taps, unwirable };
}

interface Place {
  readonly bridge: DesiredBridge;
  readonly uplink?: Uplink;
}

/** The bridge and uplink of a device's network, or the reason why this host has none. */
function placeNetwork(details: DeviceDetails, settings: LinuxBridgeSettings, carriesHost: (device: string) => boolean): Place | string {
  const { network_type: type, physical_network: physical, segmentation_id: segment } = details;
  const mapped = physical === null ? undefined : settings.bridgeMappings.get(physical);
  const own = bridgeName(details.network_id);
  const bridge: DesiredBridge =
    mapped === undefined
      ? { name: own, ours: true, mtu: mtuOf(details), secluded: true }
      : { name: mapped, ours: false, mtu: null, secluded: false };
  switch (type) {
    case 'local':
      return { bridge };
    case 'vxlan':
      if (!settings.vxlan.enabled || settings.vxlan.localIp === null) return 'VXLAN is not enabled on this host';
      if (segment === null) return 'the VXLAN network has no VNI';
      return {
        bridge,
        uplink: {
          kind: 'vxlan', name: vxlanName(segment), bridge: bridge.name, vni: segment, mtu: mtuOf(details),
          group: multicastGroup(segment, settings.vxlan),
        },
      };
    case 'flat':
    case 'vlan': {
      // A mapped bridge is the operator's: what leads out of it is too.
      if (mapped !== undefined) return { bridge };
      const parent = physical === null ? undefined : settings.physicalInterfaceMappings.get(physical);
      if (parent === undefined) return `physical network ${physical ?? '(none)'} has no interface or bridge mapping`;
      const throughHost = (name: string): Place => ({ bridge: { ...bridge, mtu: null, secluded: false }, uplink: { kind: 'physical', name, bridge: bridge.name } });
      if (type === 'flat') return throughHost(parent);
      if (segment === null) return 'the VLAN network has no VLAN id';
      const name = vlanName(parent, segment);
      // The operator made the sub-interface and speaks through it.
      if (carriesHost(name) || carriesHost(bridge.name)) return throughHost(name);
      return { bridge, uplink: { kind: 'vlan', name, bridge: bridge.name, parent, vlan: segment } };
    }
    case 'gre':
      return 'GRE networks are not carried by Linux bridges';
  }
}

/** 0 is what the server says where it was not told what the wires carry. */
function mtuOf({ mtu }: DeviceDetails): number | null {
  return mtu > 0 ? mtu : null;
}

/** The group that floods a VNI: none where the server tells whom to flood to; its range's, else the VNI's address within `vxlan_group`. */
export function multicastGroup(vni: number, settings: VxlanSettings): string | null {
  if (settings.l2Population) return null;
  const range = settings.multicastRanges.find(({ minimum, maximum }) => minimum <= vni && vni <= maximum);
  const text = range?.group ?? settings.group;
  if (text === null) return null;
  const network = parseCidr(text);
  if (network === undefined) return parseIp(text) === undefined ? null : text;
  const hosts = (1n << BigInt(addressBits(network.version) - network.prefixLength)) - 1n;
  return formatIp({ version: network.version, value: network.first + (BigInt(vni) & hosts) });
}
