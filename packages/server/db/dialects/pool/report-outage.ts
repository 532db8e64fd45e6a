import { DatabaseUnavailable } from '../../errors.ts';
import type { EngineEnvironment } from '../engine.ts';
import type { OpenClient } from './engine-client.ts';

/** Says once that the server does not answer, and once that it does again: requests that fail meanwhile do not each fill the log. */
export function reportingOutage(open: OpenClient, { warn, info }: Pick<EngineEnvironment, 'warn' | 'info'>): OpenClient {
  let isAway = false;
  return async () => {
    try {
      const client = await open();
      if (isAway) info('the database answers again');
      isAway = false;
      return client;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      const { cause } = error;
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : error.message;
      if (!isAway) warn(`the database does not answer: ${reason}`);
      isAway = true;
      // Not ConnectionLost: who meets this does not try again at once.
      throw new DatabaseUnavailable(reason, { cause });
    }
  };
}
