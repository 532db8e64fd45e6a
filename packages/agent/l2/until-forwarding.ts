import { setTimeout as sleep } from 'node:timers/promises';
import { readLinks } from '../linux/link.ts';
import type { Step } from './steps.ts';

const longestWaitMs = 5_000;

/**
 * The kernel notices a carrier by work of its own, and a bridge lets packets through a port from then on: milliseconds after the device
 * came up, or as long as others keep the kernel's lock of all devices. A port that was reported before would be ACTIVE and lose its first packets.
 * Returns the devices that the bridge takes for down in spite of all waiting. One that nobody is at the other end of yet is not waited for.
 */
export async function untilForwarding(steps: readonly Step[]): Promise<readonly string[]> {
  const changed = steps.flatMap((step) => (step.kind === 'enslave' || step.kind === 'set-up' ? [step.device] : []));
  const deadline = performance.now() + longestWaitMs;
  for (let waitMs = 1, unnoticed = changed; ; waitMs *= 2) {
    const links = unnoticed.length === 0 ? undefined : readLinks();
    unnoticed = unnoticed.filter((device) => links?.get(device)?.unnoticed);
    if (unnoticed.length === 0 || performance.now() > deadline) return unnoticed;
    await sleep(waitMs);
  }
}
