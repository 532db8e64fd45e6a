/** SQLite has one writer at a time; in one process they queue here, first come first served, without blocking the event loop. */
export class WriteLock {
  #held = false;
  readonly #waiting: (() => void)[] = [];

  async acquire(): Promise<void> {
    if (!this.#held) {
      this.#held = true;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#held = false;
      return;
    }
    // The engine answers synchronously, so a queue of transactions would run as one long microtask, during
    // which no socket is read and no timer fires. Between two of them everybody else has a turn.
    setImmediate(next);
  }
}
