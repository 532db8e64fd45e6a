/**
 * Which messages came already. A broker that lost a connection delivers again what was not acknowledged, and a sender sends again
 * what was not confirmed.
 */
export class SeenMessages {
  readonly #size: number;
  readonly #ids = new Set<string>();

  constructor(size = 1024) {
    this.#size = size;
  }

  /** True the first time. */
  add(id: string | undefined): boolean {
    if (id === undefined) return true;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    // A Set keeps the order in which its members came.
    const [oldest] = this.#ids;
    if (this.#ids.size > this.#size && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
