import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import type { ServerRole } from './start-server.ts';

/** What decides how many processes serve. */
export interface WorkerSettings {
  /** [DEFAULT] api_workers. */
  readonly apiWorkers: number | null;
  /** [DEFAULT] rpc_workers. */
  readonly rpcWorkers: number | null;
  /** There is a broker, so that agents can be heard. */
  readonly hasBroker: boolean;
  /** The database is a file of this machine, with one writer at a time. */
  readonly hasSingleWriter: boolean;
}

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface PlannedWorker {
  readonly name: string;
  readonly role: ServerRole;
}

/** More do not make one machine answer faster. */
const mostByDefault = 8;
const memoryOfWorker = 2 ** 30;

/**
 * The processes of a server. Unless told otherwise one for each core, up to eight and to what the memory bears; one where
 * the database has one writer anyhow. Without `rpc_workers` those that answer the API hear the agents too.
 */
export function plannedWorkers({ apiWorkers, rpcWorkers, hasBroker, hasSingleWriter }: WorkerSettings, { cores, memoryBytes }: Machine): readonly PlannedWorker[] {
  const byMachine = hasSingleWriter ? 1 : Math.max(1, Math.min(cores, mostByDefault, Math.floor(memoryBytes / memoryOfWorker)));
  const forApi = Math.max(1, apiWorkers ?? byMachine);
  const forAgents = hasBroker ? (rpcWorkers ?? 0) : 0;
  const role: ServerRole = forAgents === 0 ? 'all' : 'api';
  return [
    ...Array.from({ length: forApi }, (_, index): PlannedWorker => ({ name: `api-${String(index + 1)}`, role })),
    ...Array.from({ length: forAgents }, (_, index): PlannedWorker => ({ name: `rpc-${String(index + 1)}`, role: 'rpc' })),
  ];
}

/** What a worker does, by the name that it was given. */
export function roleOfWorker(workers: readonly PlannedWorker[], name: string): ServerRole {
  const worker = workers.find((each) => each.name === name);
  if (worker === undefined) throw new CannotStart(`there is no worker ${name} any more: the configuration changed while the server started`);
  return worker.role;
}
