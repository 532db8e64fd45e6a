import type { Api } from '@neutrino/lib/api/build-api';
import type { Session } from '../session.ts';

/** What the commands share. */
export interface CommandEnvironment {
  readonly api: Api;
  /** Logs in when the first request needs it. */
  readonly session: () => Promise<Session>;
  readonly write: (text: string) => void;
}

/** The command line asks for what cannot be: the caller should read the help, not ask again. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
