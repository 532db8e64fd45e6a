import type { ChildProcess } from 'node:child_process';
import type { MessagePort } from 'node:worker_threads';

/**
 * A two-way stream of texts between two peers, in order and without loss until it closes. Callbacks are
 * set once, before the event loop turns.
 */
export interface Channel {
  /** Does nothing once the channel is closed. */
  send(text: string): void;
  onMessage(receive: (text: string) => void): void;
  /** Called once, whichever side closed or died. */
  onClose(closed: () => void): void;
  close(): void;
}

/** A channel inside one process: what one side sends, the other receives in a later turn of the event loop. */
export function memoryChannelPair(): readonly [Channel, Channel] {
  const ends = [new MemoryEnd(), new MemoryEnd()] as const;
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return ends;
}

/** The parent's side of a child process that was spawned with an 'ipc' stream. Only messages that are texts belong to it. */
export function childProcessChannel(child: ChildProcess): Channel {
  return ipcChannel(child);
}

/** The child's side. Throws where this process was started without an 'ipc' stream. */
export function parentProcessChannel(): Channel {
  if (process.send === undefined) throw new Error('this process was not started by a parent that listens to it (no IPC stream)');
  return ipcChannel(process);
}

/** One end of a MessageChannel, whose other end is in another worker thread. */
export function messagePortChannel(port: MessagePort): Channel {
  return {
    send: (text) => port.postMessage(text),
    onMessage: (receive) =>
      void port.on('message', (message: unknown) => {
        if (typeof message === 'string') receive(message);
      }),
    onClose: (closed) => void port.once('close', closed),
    close: () => port.close(),
  };
}

type IpcEnd = Pick<ChildProcess, 'connected' | 'disconnect'> & {
  send?: ((message: string, callback: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
};

function ipcChannel(end: IpcEnd): Channel {
  return {
    // A text that could not be sent is followed by 'disconnect', which says so to the peer's waiting calls.
    send: (text) => void (end.connected && end.send?.(text, () => undefined)),
    onMessage: (receive) =>
      void end.on('message', (message) => {
        if (typeof message === 'string') receive(message);
      }),
    onClose: (closed) => void (end.connected ? end.once('disconnect', closed) : setImmediate(closed)),
    close: () => {
      if (end.connected) end.disconnect();
    },
  };
}

class MemoryEnd implements Channel {
  peer: MemoryEnd | undefined;
  #outbox: string[] = [];
  #closing = false;
  #receive: (text: string) => void = () => undefined;
  #closed: () => void = () => undefined;

  send(text: string): void {
    if (this.#closing) return;
    // One turn of the event loop takes all that has gathered, so that a flood leaves room for everything else.
    if (this.#outbox.push(text) === 1) setImmediate(() => this.#flush());
  }

  onMessage(receive: (text: string) => void): void {
    this.#receive = receive;
  }

  onClose(closed: () => void): void {
    this.#closed = closed;
  }

  take(text: string): void {
    this.#receive(text);
  }

  close(): void {
    if (this.#closing) return;
    this.#flush();
    this.#closing = true;
    this.peer?.close();
    this.#closed();
  }

  #flush(): void {
    const texts = this.#outbox;
    this.#outbox = [];
    for (const text of texts) if (!this.#closing) this.peer?.take(text);
  }
}
