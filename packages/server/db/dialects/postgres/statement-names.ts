/** Names for so many texts; a server keeps them for each of its connections. */
const mostNames = 400;
/** A text gets its name when it comes for the third time: what a client asks once is not kept. */
const usesBeforeName = 2;
const mostCandidates = 2000;

/** Statements that recur are prepared under a name, once for each connection. */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #uses = new Map<string, number>();

  /** Undefined: to be prepared for this use alone. */
  nameOf(sql: string): string | undefined {
    const known = this.#names.get(sql);
    if (known !== undefined || this.#names.size >= mostNames) return known;
    const uses = this.#uses.get(sql) ?? 0;
    if (uses < usesBeforeName) {
      if (this.#uses.size >= mostCandidates) this.#uses.clear();
      this.#uses.set(sql, uses + 1);
      return undefined;
    }
    this.#uses.delete(sql);
    const name = `s${String(this.#names.size + 1)}`;
    this.#names.set(sql, name);
    return name;
  }
}
