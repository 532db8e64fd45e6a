import { isAlive, type ProcessIdentity } from './host/process-identity.ts';
import { readJson, writeWhole, type StateDirectory } from './state-directory.ts';

/** The service of a state directory, as it describes itself to other commands. */
export interface RunningService extends ProcessIdentity {
  readonly networkUrl: string;
  readonly identityUrl: string;
  readonly hostName: string;
  readonly hostNetwork: boolean;
}

/** What was last started here; it may have ended since (`isRunning`). */
export function readService(state: StateDirectory): RunningService | undefined {
  return readJson<RunningService>(state.service, ['pid', 'startTime', 'networkUrl', 'identityUrl', 'hostName']);
}

export function isRunning(state: StateDirectory): boolean {
  const service = readService(state);
  return service !== undefined && isAlive(service);
}

export function recordService(state: StateDirectory, service: RunningService): void {
  writeWhole(state.service, JSON.stringify(service));
}
