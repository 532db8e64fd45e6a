import { readHostAddresses, type HostAddress } from '../linux/host-address.ts';
import { readHostRoutes, routeThrough, type HostRoutes } from '../linux/host-route.ts';
import type { Link } from '../linux/link.ts';
import type { HostStep, MoveStep } from './steps.ts';

/**
 * An interface that becomes a bridge's port stops being one through which the host itself speaks: the bridge takes its place,
 * with its addresses, its routes and its MAC address, and gives them back in the end.
 *
 * INVARIANTS
 * - Each address is on one of the two, or on both, at every moment; a route leaves the old device only for the new one.
 * - Addresses are on the bridge only while the interface is a port of it. So whatever a crash leaves behind tells what remains
 *   to be done, and the next pass does it.
 */
export interface HostConfiguration extends HostRoutes {
  readonly addresses: readonly HostAddress[];
}

export const nothingOfHost: HostConfiguration = { addresses: [], routes: [], leftovers: [] };

/** What the host has on a device. */
export async function readHostConfiguration(device: string): Promise<HostConfiguration> {
  const addresses = await readHostAddresses(device);
  return { addresses, ...(await readHostRoutes(device, addresses)) };
}

export interface MoveToBridge {
  readonly interface: Link;
  readonly bridge: string;
  /** As it is; undefined where it is made in the same pass. */
  readonly bridgeLink: Link | undefined;
  readonly configuration: HostConfiguration;
}

/** Undefined where nothing is to be done. */
export function moveToBridge({ interface: link, bridge, bridgeLink, configuration }: MoveToBridge): MoveStep | undefined {
  const steps: HostStep[] = [];
  // The neighbours go on knowing the host by the same MAC address, whatever other ports the bridge gets.
  if (link.address !== undefined && bridgeLink?.address !== link.address) steps.push({ kind: 'set-address', device: bridge, address: link.address });
  // What the host sends must not become smaller because of what instances can take.
  if (bridgeLink?.mtu !== link.mtu) steps.push({ kind: 'set-mtu', device: bridge, mtu: link.mtu });
  if (bridgeLink?.up !== true) steps.push({ kind: 'set-up', device: bridge });
  if (!link.up) steps.push({ kind: 'set-up', device: link.name });
  if (link.master !== bridge) steps.push({ kind: 'enslave', device: link.name, bridge });
  steps.push(...give(link.name, bridge, configuration), ...take(link.name, configuration));
  return steps.length === 0 ? undefined : { kind: 'move-host', device: bridge, from: link.name, steps };
}

/** The bridge goes: its interface gets everything back and leaves it, with what the bridge had still, in one step. */
export function moveFromBridge(bridge: string, interfaceName: string, configuration: HostConfiguration): MoveStep {
  return {
    kind: 'move-host', device: interfaceName, from: bridge,
    steps: [...give(bridge, interfaceName, configuration), { kind: 'delete-link', device: bridge }],
  };
}

function give(from: string, to: string, { addresses, routes }: HostConfiguration): readonly HostStep[] {
  return [
    ...addresses.map(({ address, options }): HostStep => ({ kind: 'add-address', device: to, address, options })),
    ...routes.map((route): HostStep => ({ kind: 'replace-route', device: to, route: routeThrough(route, from, to) })),
  ];
}

function take(from: string, { addresses, leftovers }: HostConfiguration): readonly HostStep[] {
  return [
    ...leftovers.map((route): HostStep => ({ kind: 'delete-route', device: from, route })),
    // Secondary addresses go with their primary one unless they went before.
    ...addresses.toReversed().map(({ address }): HostStep => ({ kind: 'delete-address', device: from, address })),
  ];
}
