import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import { namespaceOf, type Bench } from './l2-fixture.ts';

/** A frame that an instance sends. What is not given is honest. */
export interface Frame {
  readonly kind: 'udp' | 'udp6' | 'arp' | 'advertisement' | 'router' | 'dhcp' | 'tagged';
  readonly sourceMac?: string;
  readonly source?: string;
  readonly claims?: string;
  readonly arpMac?: string;
}

const program = fileURLToPath(new URL('l2-frames.py', import.meta.url));

/** Sends a frame from one instance, and says whether the other's interface gets it, which an honest packet reaches after it. */
export async function sendFrame(bench: Bench, from: SimulatedPort, to: SimulatedPort, frame: Frame): Promise<boolean> {
  const described = (sent: Frame): string => JSON.stringify({
    ...sent, mark: randomBytes(6).toString('hex'), mac: from.mac, target: to.mac,
    ip: from.addresses.find((address) => !address.includes(':')), ip6: from.addresses.find((address) => address.includes(':')),
    toIp: to.addresses.find((address) => !address.includes(':')), toIp6: to.addresses.find((address) => address.includes(':')),
  });
  const { stdout } = await bench.host.run(['python3', program, namespaceOf(from), namespaceOf(to), described(frame), described({ kind: 'udp' })]);
  return stdout.trim() === 'arrives';
}
