import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { sql } from 'kysely';
import { DatabaseUnavailable } from './errors.ts';
import type { Db } from './types.ts';

export interface Patience {
  /** `[database] max_retries`; -1: as often as it takes. */
  readonly maxRetries: number;
  /** `[database] retry_interval`. */
  readonly retryIntervalSeconds: number;
  readonly signal?: AbortSignal;
  readonly warn: (message: string) => void;
}

/**
 * Waits for a database that is away when a program starts. Throws CannotStart where it stays away, and at once
 * where it refuses this user or does not know the database.
 */
export async function untilAnswers(db: Db, { maxRetries, retryIntervalSeconds, signal, warn }: Patience): Promise<void> {
  for (let retry = 0; ; retry += 1) {
    try {
      await sql`select 1`.execute(db);
      return;
    } catch (error) {
      const reason = reasonOf(error);
      if (!(error instanceof DatabaseUnavailable) || (maxRetries >= 0 && retry >= maxRetries)) throw new CannotStart(`the database does not answer: ${reason}`, { cause: error });
      warn(`the database does not answer (${reason}); asked again in ${String(retryIntervalSeconds)} s`);
      await sleep(retryIntervalSeconds * 1000, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** What the driver said, which is more to the point than what we make of it. */
function reasonOf(error: unknown): string {
  const deepest = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (deepest instanceof AggregateError) return deepest.errors.map(String).join(', ');
  return deepest instanceof Error ? deepest.message : String(deepest);
}
