import type { AgentState, AgentStatus } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import type { AgentEnvironment } from './agent-handle.ts';

/** How soon a report that failed is repeated. */
const RETRY_MS = 5_000;

export interface StateReports extends AsyncDisposable {
  /** Resolves when the first report was taken, or failed. */
  readonly first: Promise<void>;
  readonly reportNow: () => Promise<void>;
}

/**
 * Reports the agent's state every `reportIntervalMs`, the first time with `start_flag`. `onRevived` runs
 * when the server says that it had believed the agent dead, `onForgotten` when it had deleted it: what it was given, it has been given no more.
 * A report that fails is logged and repeated soon: until the server has it, it binds no port to this host. One that is not answered yet is not
 * followed by another; where the broker is away it waits for it, and is the first that the server hears.
 */
export function startStateReports(
  environment: AgentEnvironment,
  state: () => AgentState,
  onRevived: () => void = () => undefined,
  onForgotten: () => void = onRevived,
): StateReports {
  let first = true;
  let again: NodeJS.Timeout | undefined;
  let isStopped = false;
  const report = async (): Promise<void> => {
    clearTimeout(again);
    const base = { ...state(), uuid: crypto.randomUUID() };
    const agentState = first ? { ...base, start_flag: true } : base;
    try {
      const status = (await environment.transport.call(
        {},
        { topic: topics.reports, version: '1.2' },
        'report_state',
        { agent_state: { agent_state: JSON.parse(JSON.stringify(agentState)) }, time: new Date().toISOString().slice(0, -1) },
        { timeoutMs: environment.reportIntervalMs * 2 },
      )) as AgentStatus | null;
      // Neutron's server passes over what was sent before it started, and says nothing.
      if (status === null) throw new Error('the server started after this report was sent');
      const isKnown = !first;
      first = false;
      if (status === 'revived') onRevived();
      if (status === 'new' && isKnown) onForgotten();
    } catch (error) {
      environment.log.warn({ err: error }, 'state report failed; it is repeated soon');
      if (!isStopped) again = setTimeout(reportIfIdle, Math.min(RETRY_MS, environment.reportIntervalMs));
    }
  };
  let underWay = 0;
  let last = Promise.resolve();
  const reportNext = (): Promise<void> => {
    underWay++;
    last = last.then(report).finally(() => void underWay--);
    return last;
  };
  // A server that is away for long is not to find a report for each interval when it is back.
  const reportIfIdle = (): void => {
    if (underWay === 0) void reportNext();
  };
  const firstReport = reportNext();
  const timer = setInterval(reportIfIdle, environment.reportIntervalMs);
  return {
    first: firstReport,
    reportNow: reportNext,
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearInterval(timer);
      clearTimeout(again);
      await last;
    },
  };
}
