import { close, libc } from './libc.ts';
import { systemError } from './network-namespace.ts';

/** Tells of the ends of processes that are not this one's children, as they happen. */
export interface ProcessEnds extends AsyncDisposable {
  /** `ended` is called once, later, when the process ends or if it is not there any more; not after the watch was disposed. */
  watch(pid: number, ended: () => void): Disposable;
}

/*
 * A descriptor of a process can be read from when it has ended; see pidfd_open(2) and epoll(7). Node waits for sockets and pipes alone, so one
 * thread of its pool waits for all of these, as long as there are any.
 */
const syscall = libc.func('long syscall(long number, long pid, long flags)') as (number: number, pid: number, flags: number) => number;
const epollCreate = libc.func('int epoll_create1(int flags)') as (flags: number) => number;
const epollControl = libc.func('int epoll_ctl(int epoll, int operation, int fd, const void *event)') as (epoll: number, operation: number, fd: number, event: Uint8Array) => number;
const epollWait = libc.func('int epoll_wait(int epoll, void *events, int most, int timeout)') as unknown as {
  readonly async: (epoll: number, events: Uint8Array, most: number, timeout: number, done: (error: Error | null, count: number) => void) => void;
};
const eventfd = libc.func('int eventfd(unsigned int value, int flags)') as (value: number, flags: number) => number;
const eventfdWrite = libc.func('int eventfd_write(int fd, uint64_t value)') as (fd: number, value: number) => number;

const SYS_PIDFD_OPEN = 434;
const CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** struct epoll_event is packed on one architecture. */
const [EVENT_BYTES, DATA_AT] = process.arch === 'x64' ? [12, 4] : [16, 8];
const MOST_EVENTS = 16;
const WAKE = 0;

export function processEnds(): ProcessEnds {
  const epoll = open(epollCreate(CLOEXEC), 'make an epoll descriptor');
  const wake = open(eventfd(0, CLOEXEC), 'make an event descriptor');
  add(epoll, wake, WAKE);
  const watches = new Map<number, { readonly fd: number; readonly ended: () => void }>();
  let last = WAKE;
  let closed = false;
  let waiting: Promise<void> | undefined;

  const drop = (id: number): void => {
    const watch = watches.get(id);
    if (watch === undefined) return;
    watches.delete(id);
    // By that epoll forgets it.
    close(watch.fd);
  };
  const wait = async (): Promise<void> => {
    const events = Buffer.alloc(EVENT_BYTES * MOST_EVENTS);
    while (watches.size > 0 && !closed) {
      const count = await new Promise<number>((resolve, reject) => {
        epollWait.async(epoll, events, MOST_EVENTS, -1, (error, result) => (error === null ? resolve(result) : reject(error)));
      });
      for (let index = 0; index < count && !closed; index++) {
        const id = events.readUInt32LE(index * EVENT_BYTES + DATA_AT);
        const watch = watches.get(id);
        drop(id);
        watch?.ended();
      }
    }
    waiting = undefined;
  };

  return {
    watch(pid, ended) {
      const fd = syscall(SYS_PIDFD_OPEN, pid, 0);
      let isDisposed = false;
      if (fd < 0) {
        setImmediate(() => {
          if (!isDisposed && !closed) ended();
        });
        return { [Symbol.dispose]: () => void (isDisposed = true) };
      }
      const id = ++last;
      watches.set(id, { fd, ended });
      add(epoll, fd, id);
      waiting ??= wait();
      return { [Symbol.dispose]: () => drop(id) };
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      eventfdWrite(wake, 1);
      await waiting;
      for (const id of watches.keys()) drop(id);
      close(wake);
      close(epoll);
    },
  };
}

function open(fd: number, what: string): number {
  if (fd < 0) throw systemError(what);
  return fd;
}

function add(epoll: number, fd: number, id: number): void {
  const event = Buffer.alloc(EVENT_BYTES);
  event.writeUInt32LE(EPOLLIN, 0);
  event.writeUInt32LE(id, DATA_AT);
  if (epollControl(epoll, EPOLL_CTL_ADD, fd, event) !== 0) throw systemError('wait for the end of a process');
}
