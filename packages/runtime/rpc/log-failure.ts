import { UnsupportedVersion } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { NoSuchMethod } from './dispatch.ts';
import { failureOf } from './failure.ts';

/** Logs that a request failed. An error of the tables is an answer, and told in a line; of any other the stack is of use. */
export function logFailure(log: Pick<Logger, 'info' | 'warn'> | undefined, request: { readonly topic: string; readonly method: string }, error: unknown): void {
  if (error instanceof UnsupportedVersion || error instanceof NoSuchMethod) log?.warn({ ...request, reason: error.message }, 'a message asks for what is not served');
  else if (error instanceof Error && 'type' in error) log?.info({ ...request, ...failureOf(error) }, 'a request is answered with an error');
  else log?.warn({ ...request, err: error }, 'a served method failed');
}
