import { fileURLToPath } from 'node:url';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import type { Bench } from './l2-fixture.ts';

/** A frame that an instance sends. What is not given is honest. */
export interface Frame {
  readonly kind: 'udp' | 'udp6' | 'arp' | 'advertisement' | 'router' | 'dhcp' | 'tagged';
  readonly sourceMac?: string;
  readonly source?: string;
  readonly claims?: string;
  readonly arpMac?: string;
}

const program = fileURLToPath(new URL('l2-frames.py', import.meta.url));

/** Sends a frame from one instance, and says whether the other's interface gets it within a second and a half. */
export async function sendFrame(bench: Bench, from: SimulatedPort, to: SimulatedPort, frame: Frame): Promise<boolean> {
  const mark = Math.random().toString(36).slice(2);
  const listening = bench.inside(to, 'python3', program, 'receive', mark, frame.kind);
  // The listener says nothing when it is ready; the sender repeats its frame for more than a second.
  const described = JSON.stringify({
    ...frame, mark, mac: from.mac, target: to.mac,
    ip: from.addresses.find((address) => !address.includes(':')), ip6: from.addresses.find((address) => address.includes(':')),
    toIp: to.addresses.find((address) => !address.includes(':')), toIp6: to.addresses.find((address) => address.includes(':')),
  });
  await bench.inside(from, 'python3', program, 'send', described);
  return (await listening).code === 0;
}
