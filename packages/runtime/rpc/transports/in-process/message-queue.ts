import type { RpcRequest } from '../../dispatch.ts';
import type { Outcome } from './frames.ts';

/** A request on its way to a listener. */
export interface Message {
  /** Order of arrival at the broker, over all queues. */
  readonly sequence: number;
  readonly topic: string;
  readonly request: RpcRequest;
  /** Milliseconds on the clock of `performance.now()` after which nobody wants it any more. */
  readonly expires: number;
  /** Takes the outcome to who awaits it; absent for a cast. */
  readonly answer?: (outcome: Outcome) => void;
}

/** Messages in order of arrival. What has expired is never given out. */
export class MessageQueue {
  #messages: Message[] = [];
  #head = 0;

  /** An upper bound of what can be taken: some may have expired. */
  get size(): number {
    return this.#messages.length - this.#head;
  }

  put(message: Message): void {
    this.#messages.push(message);
  }

  /** The oldest message that is still wanted. */
  peek(): Message | undefined {
    const now = performance.now();
    let message = this.#messages[this.#head];
    while (message !== undefined && message.expires <= now) {
      this.#advance();
      message = this.#messages[this.#head];
    }
    return message;
  }

  take(): Message | undefined {
    const message = this.peek();
    if (message !== undefined) this.#advance();
    return message;
  }

  #advance(): void {
    this.#head++;
    // Cutting the front off costs its length: seldom enough, each message is moved about once.
    if (this.#head * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }
}
