/**
 * Addresses that requests of this process have chosen and are about to write, lest two of them choose the same and one has
 * to begin anew. Other processes do not know of them: what keeps two ports from one address is the database.
 */
export interface AddressesInFlight {
  /** Subnet id → keys. */
  readonly held: Map<string, Set<string>>;
  /** Where the search for the next ones is likely to succeed: `FreeAddressOptions`. */
  readonly windows: Map<string, bigint>;
}

/** What one request holds; given back when it is disposed of. */
export class HeldAddresses implements Disposable {
  readonly #inFlight: AddressesInFlight;
  readonly #own: { readonly subnetId: string; readonly key: string }[] = [];

  constructor(inFlight: AddressesInFlight = { held: new Map(), windows: new Map() }) {
    this.#inFlight = inFlight;
  }

  get windows(): Map<string, bigint> {
    return this.#inFlight.windows;
  }

  /** All that are held of a subnet, by whomever. */
  of(subnetId: string): ReadonlySet<string> {
    return this.#inFlight.held.get(subnetId) ?? new Set();
  }

  hold(subnetId: string, key: string): void {
    const held = this.#inFlight.held.get(subnetId) ?? new Set();
    this.#inFlight.held.set(subnetId, held);
    // Asked for by name by two requests at once: the one that came first gives it back.
    if (held.has(key)) return;
    held.add(key);
    this.#own.push({ subnetId, key });
  }

  [Symbol.dispose](): void {
    for (const { subnetId, key } of this.#own.splice(0)) {
      const held = this.#inFlight.held.get(subnetId);
      held?.delete(key);
      if (held?.size === 0) this.#inFlight.held.delete(subnetId);
    }
  }
}
