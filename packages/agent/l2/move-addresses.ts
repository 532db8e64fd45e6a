import type { Link } from '../linux/link.ts';
import type { Step } from './steps.ts';

/**
 * The steps that take a device's addresses and routes to another: an interface that becomes a bridge's port
 * stops being one through which the host itself speaks, so the bridge must take its place. At every point
 * the address is on one of the two, and what a crash left behind is moved by the next pass.
 */
export function moveAddresses(from: Link | undefined, to: string, routes: readonly string[]): readonly Step[] {
  const addresses = from?.addresses ?? [];
  if (from === undefined || addresses.length === 0) return [];
  return [
    ...addresses.map((address): Step => ({ kind: 'add-address', device: to, address })),
    ...routes.map((route): Step => ({ kind: 'replace-route', device: to, route })),
    ...addresses.map((address): Step => ({ kind: 'delete-address', device: from.name, address })),
  ];
}
