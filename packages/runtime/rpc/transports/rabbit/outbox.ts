import type { Compression } from './compression.ts';
import type { Exchange } from './topology.ts';

/** A message on its way to the broker. */
export interface Outgoing {
  /** Absent: the default exchange, which knows queues by their names. */
  readonly exchange?: Exchange;
  readonly routingKey: string;
  readonly body: Buffer;
  /** How the body is compressed. */
  readonly compression?: Compression;
  /** On the clock of `performance.now()`: then nobody wants it any more, and the broker need not keep it. */
  readonly expires?: number;
  /** Set where it is of use to know that no queue took it. */
  readonly unroutable?: () => void;
  /** The broker will never take it, or it was dropped before. */
  readonly failed?: (reason: string) => void;
  /** The broker has it, or will never have it. */
  readonly settled?: () => void;
}

export interface OutboxOptions {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly onDrop: (message: Outgoing) => void;
}

/**
 * What waits for the broker, in order. When too much waits, the oldest goes: who reads it will resynchronise, and the newest
 * says most of how things are.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #messages: Outgoing[] = [];
  #head = 0;
  #bytes = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#messages.length - this.#head;
  }

  put(message: Outgoing): void {
    this.#messages.push(message);
    this.#bytes += message.body.length;
    while (this.size > this.#options.maxMessages || (this.#bytes > this.#options.maxBytes && this.size > 1)) {
      const oldest = this.#advance();
      if (oldest !== undefined) this.#options.onDrop(oldest);
    }
  }

  /** Messages that were taken, but did not arrive. */
  putBack(messages: readonly Outgoing[]): void {
    const waiting = this.#messages.slice(this.#head);
    this.#messages = [];
    this.#head = 0;
    this.#bytes = 0;
    for (const message of [...messages, ...waiting]) this.put(message);
  }

  /** The oldest that is still wanted. */
  peek(): Outgoing | undefined {
    for (;;) {
      const message = this.#messages[this.#head];
      if (message === undefined || message.expires === undefined || message.expires > performance.now()) return message;
      this.#advance();
    }
  }

  /** Takes what `peek` showed. */
  take(): void {
    this.#advance();
  }

  #advance(): Outgoing | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#head++;
    this.#bytes -= message.body.length;
    // Cutting the front off costs its length: seldom enough, each message is moved about once.
    if (this.#head * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }
}
