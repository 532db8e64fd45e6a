import { createHash } from 'node:crypto';

/**
 * Remembers what tokens proved to be, by their hash: no token is kept in memory for longer than its
 * request. Asks about one token run once, however many requests carry it.
 */
export interface TokenCache<T> {
  /** `validate` says the value and until when it may be believed (milliseconds since the epoch). Its failures are not kept. */
  get(token: string, validate: () => Promise<{ readonly value: T; readonly until: number }>): Promise<T>;
}

/** `capacity`: entries kept; the one unused for longest goes first. */
export function createTokenCache<T>(capacity = 10_000): TokenCache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  const running = new Map<string, Promise<T>>();

  return {
    get(token, validate) {
      const key = createHash('sha256').update(token).digest('base64');
      const entry = entries.get(key);
      entries.delete(key);
      if (entry !== undefined && Date.now() < entry.until) {
        entries.set(key, entry);
        return Promise.resolve(entry.value);
      }
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
