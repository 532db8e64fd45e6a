import type { Logger } from 'pino';
import { announce } from '../linux/announce.ts';
import { namespaceExists } from '../linux/netns.ts';

/** Says to whom addresses belong now, several times: a device that has just been made is not plugged in yet. */
export interface Announcer extends Disposable {
  announce(namespace: string, device: string, addresses: readonly string[]): void;
}

const DELAYS_MS = [0, 1_000, 3_000] as const;

export function createAnnouncer(log: Logger): Announcer {
  const timers = new Set<NodeJS.Timeout>();
  return {
    announce(namespace, device, addresses) {
      for (const delay of DELAYS_MS) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          try {
            if (namespaceExists(namespace)) announce(namespace, device, addresses);
          } catch (error) {
            // Who was not told finds out by itself in time.
            log.debug({ err: error, namespace, device }, 'addresses could not be announced');
          }
        }, delay);
        timers.add(timer);
      }
    },
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
