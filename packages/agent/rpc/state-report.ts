import type { AgentState, AgentStatus } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import type { AgentEnvironment } from './agent-handle.ts';

export interface StateReports extends AsyncDisposable {
  /** Resolves when the first report was taken, or failed. */
  readonly first: Promise<void>;
  readonly reportNow: () => Promise<void>;
}

/**
 * Reports the agent's state every `reportIntervalMs`, the first time with `start_flag`. `onRevived` runs
 * when the server says that it had believed the agent dead, `onForgotten` when it had deleted it: what it was given, it has been given no more.
 * A report that fails is logged and repeated at the next interval; one that is not answered yet is not followed by another.
 */
export function startStateReports(
  environment: AgentEnvironment,
  state: () => AgentState,
  onRevived: () => void = () => undefined,
  onForgotten: () => void = onRevived,
): StateReports {
  let first = true;
  const report = async (): Promise<void> => {
    const base = { ...state(), uuid: crypto.randomUUID() };
    const agentState = first ? { ...base, start_flag: true } : base;
    try {
      const status = (await environment.transport.call(
        {},
        { topic: topics.reports, version: '1.2' },
        'report_state',
        { agent_state: { agent_state: JSON.parse(JSON.stringify(agentState)) }, time: new Date().toISOString().slice(0, -1) },
        { timeoutMs: environment.reportIntervalMs * 2 },
      )) as AgentStatus;
      const isKnown = !first;
      first = false;
      if (status === 'revived') onRevived();
      if (status === 'new' && isKnown) onForgotten();
    } catch (error) {
      environment.log.warn({ err: error }, 'state report failed; it is repeated at the next interval');
    }
  };
  let underWay = 0;
  let last = Promise.resolve();
  const reportNext = (): Promise<void> => {
    underWay++;
    last = last.then(report).finally(() => void underWay--);
    return last;
  };
  const firstReport = reportNext();
  const timer = setInterval(() => {
    // A server that is away for long is not to find a report for each interval when it is back.
    if (underWay === 0) void reportNext();
  }, environment.reportIntervalMs);
  return {
    first: firstReport,
    reportNow: reportNext,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}
