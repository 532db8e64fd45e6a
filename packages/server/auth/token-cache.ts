import { hash } from 'node:crypto';

/** A value, and until when it may be believed: milliseconds since the epoch. */
export interface Believed<T> {
  readonly value: T;
  readonly until: number;
}

/**
 * Remembers what tokens proved to be, by their hash: no token is kept in memory for longer than its
 * request. Asks about one token run once, however many requests carry it.
 */
export interface TokenCache<T> {
  /** What is remembered; undefined where that is nothing, or no longer to be believed. */
  peek(key: string): Believed<T> | undefined;
  /** What is remembered, or else what `validate` says. Its failures are not kept. */
  get(key: string, validate: () => Promise<Believed<T>>): Promise<T>;
}

export function tokenKey(token: string): string {
  return hash('sha256', token, 'base64');
}

/** `capacity`: entries kept; the one unused for longest goes first. */
export function createTokenCache<T>(capacity = 10_000): TokenCache<T> {
  const entries = new Map<string, Believed<T>>();
  const running = new Map<string, Promise<T>>();

  const peek: TokenCache<T>['peek'] = (key) => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    if (Date.now() >= entry.until) return undefined;
    entries.set(key, entry);
    return entry;
  };
  return {
    peek,
    get(key, validate) {
      const entry = peek(key);
      if (entry !== undefined) return Promise.resolve(entry.value);
      const ask = async (): Promise<T> => {
        const answer = await validate();
        if (Date.now() < answer.until) entries.set(key, answer);
        const [oldest] = entries.keys();
        if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
        return answer.value;
      };
      const answer = running.get(key) ?? ask().finally(() => running.delete(key));
      running.set(key, answer);
      return answer;
    },
  };
}
