import type { Db } from '@neutrino/server/db/types';
import { AsyncLocalStorage } from 'node:async_hooks';

/** A database whose statements are counted, each for the work that asked for it. */
export interface CountedStatements {
  readonly db: Db;
  /** How many answers the work waited for: statements that travel together count as one. What others ask meanwhile, or something in the background, is not counted. */
  during(work: () => Promise<unknown>): Promise<number>;
}

export function countStatements(plain: Db): CountedStatements {
  const counts = new AsyncLocalStorage<{ answers: number }>();
  const db = plain.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      const count = counts.getStore();
      if (count !== undefined) count.answers += 1;
      return result;
    },
  });
  return {
    db,
    async during(work) {
      const count = { answers: 0 };
      await counts.run(count, work);
      return count.answers;
    },
  };
}
