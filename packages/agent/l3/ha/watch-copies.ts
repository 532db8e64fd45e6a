import { run } from '../../privileged/run.ts';
import { watchLines } from '../../privileged/watch.ts';
import { namespaceInode } from '../../linux/netns.ts';

/** Tells of each copy that gets or loses the address that says that it is active, as the kernel tells it: all namespaces are watched by one program. */
export interface CopyWatch extends AsyncDisposable {
  /** Includes the namespace, and this device in it. */
  add(routerId: string, namespace: string, device: string): Promise<void>;
  remove(routerId: string): void;
}

export interface CopyWatchOptions {
  readonly onChange: (routerId: string) => void;
  /** Something may not have been seen. */
  readonly onMissed: () => void;
}

interface WatchedCopy {
  readonly device: string;
  readonly namespaceInode: bigint | undefined;
}

export function watchCopies({ onChange, onMissed }: CopyWatchOptions): CopyWatch {
  const copies = new Map<string, WatchedCopy>();
  const routers = new Map<string, string>();
  const watch = watchLines(['ip', '-oneline', 'monitor', 'address', 'all-nsid'], {
    onLine(line) {
      const device = deviceOfEvent(line);
      const routerId = device === undefined ? undefined : routers.get(device);
      if (routerId !== undefined) onChange(routerId);
    },
    onRestart: onMissed,
  });
  const remove = (routerId: string): void => {
    const known = copies.get(routerId);
    copies.delete(routerId);
    if (known !== undefined) routers.delete(known.device);
  };
  return {
    async add(routerId, namespace, device) {
      const inode = namespaceInode(namespace);
      const known = copies.get(routerId);
      if (known?.device === device && known.namespaceInode === inode) return;
      remove(routerId);
      copies.set(routerId, { device, namespaceInode: inode });
      routers.set(device, routerId);
      // Only of namespaces that have a number here is anything told; one that has it already keeps it.
      await run(['ip', 'netns', 'set', namespace, 'auto'], { accept: [1, 2] });
    },
    remove,
    [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose](),
  };
}

/** Reads a line like `[nsid 0]2: if2    inet 169.254.0.1/24 scope global ha-12345678-12\ …`: the name of a device elsewhere is only told as the label of the address. */
export function deviceOfEvent(line: string): string | undefined {
  return /\sinet 169\.254\.\S+ .*?\b(ha-[0-9a-f]{8}-[0-9a-f]{2})\b/.exec(line)?.[1];
}
