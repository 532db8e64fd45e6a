import { watchLines } from '../privileged/watch.ts';

/** A link appeared, changed or went. */
export interface LinkEvent {
  readonly name: string;
  readonly index: number;
  readonly gone: boolean;
  readonly master: string | undefined;
  readonly up: boolean;
}

export interface LinkWatch {
  readonly onEvent: (event: LinkEvent) => void;
  /** A device got an address, or one of its addresses another lifetime. */
  readonly onAddress: (device: string) => void;
  /** Some events may not have been seen. */
  readonly onMissed: () => void;
}

/** Reports every event of this namespace's links and addresses until disposed. */
export function watchLinks({ onEvent, onAddress, onMissed }: LinkWatch): AsyncDisposable {
  return watchLines(['ip', '-oneline', 'monitor', 'link', 'address'], {
    onLine: (line) => {
      const event = parseLinkEvent(line);
      const device = deviceOfNewAddress(line);
      if (event !== undefined) onEvent(event);
      else if (device !== undefined) onAddress(device);
    },
    onRestart: onMissed,
  });
}

/** Reads a line of `ip -oneline monitor address`: `7: eth0    inet 192.0.2.1/24 scope global eth0\ …`. Addresses that the kernel gives each device by itself are none. */
export function deviceOfNewAddress(line: string): string | undefined {
  return / inet6 fe80:/.test(line) ? undefined : /^\d+: (\S+)\s+inet6? /.exec(line)?.[1];
}

/** Reads a line of `ip -oneline monitor link`: `Deleted 5: tap0@if4: <BROADCAST,UP> mtu 1500 master brq0 …`. */
export function parseLinkEvent(line: string): LinkEvent | undefined {
  const match = /^(Deleted )?(\d+): ([^:@\s]+)(?:@[^:\s]+)?: <([^>]*)>/.exec(line);
  if (match === null) return undefined;
  const [, deleted, index, name, flags] = match;
  if (index === undefined || name === undefined || flags === undefined) return undefined;
  // A port that leaves its bridge is announced as deleted from the bridge family; the link itself stays.
  if (deleted !== undefined && line.includes(' master ')) return undefined;
  return {
    name,
    index: Number(index),
    gone: deleted !== undefined,
    master: / master (\S+)/.exec(line)?.[1],
    up: flags.split(',').includes('UP'),
  };
}
