import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';

/** What every agent is started with; its settings come beside it. */
export interface AgentEnvironment {
  readonly transport: Transport;
  /** This host's name as the server knows it (`[DEFAULT] host`). */
  readonly host: string;
  readonly log: Logger;
  /** `[AGENT] report_interval`, milliseconds. */
  readonly reportIntervalMs: number;
}

/** A running agent. Disposing it stops its loops and its RPC; what it made in the kernel stays and goes on working. */
export interface AgentHandle extends AsyncDisposable {
  /** Resolves when the first full synchronisation is done. */
  readonly inSync: Promise<void>;
}
