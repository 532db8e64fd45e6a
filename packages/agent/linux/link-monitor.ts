import { watchLines } from '../privileged/watch.ts';

/** A link appeared, changed or went. */
export interface LinkEvent {
  readonly name: string;
  readonly index: number;
  readonly gone: boolean;
  readonly master: string | undefined;
  readonly up: boolean;
}

/** Reports every link event of this namespace until disposed; `onMissed` says that some may not have been seen. */
export function watchLinks(onEvent: (event: LinkEvent) => void, onMissed: () => void): AsyncDisposable {
  return watchLines(['ip', '-oneline', 'monitor', 'link'], {
    onLine: (line) => {
      const event = parseLinkEvent(line);
      if (event !== undefined) onEvent(event);
    },
    onRestart: onMissed,
  });
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
