import type { AgentState, AgentStatus } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import type { AgentEnvironment } from './agent-handle.ts';

/**
 * Reports the agent's state every `reportIntervalMs`, the first time with `start_flag`. `onRevived` runs
 * when the server says that it had believed the agent dead (the agent then synchronises in full).
 * A report that fails is logged and repeated at the next interval.
 */
export function startStateReports(
  environment: AgentEnvironment,
  state: () => AgentState,
  onRevived: () => void = () => undefined,
): AsyncDisposable & { readonly reportNow: () => Promise<void> } {
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
      first = false;
      if (status === 'revived') onRevived();
    } catch (error) {
      environment.log.warn({ err: error }, 'state report failed; it is repeated at the next interval');
    }
  };
  let last = report();
  const timer = setInterval(() => {
    last = last.then(report);
  }, environment.reportIntervalMs);
  return {
    reportNow: () => (last = last.then(report)),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}
