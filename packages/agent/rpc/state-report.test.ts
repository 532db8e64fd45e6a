import type { JsonObject } from '@neutrino/lib/json';
import type { AgentState } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startStateReports } from './state-report.ts';

/** Longer than any test may take: what comes does not come because an interval is over. */
const INTERVAL_MS = 600_000;
let broker: Broker;
let parts: AsyncDisposableStack;

beforeEach(() => {
  broker = createBroker();
  parts = new AsyncDisposableStack();
});
afterEach(async () => {
  await parts.disposeAsync();
  await broker[Symbol.asyncDispose]();
});

/** A server that gives the answers one after the other, and the reports that it got. */
async function serve(...answers: readonly (() => string | null)[]): Promise<JsonObject[]> {
  const reports: JsonObject[] = [];
  const report_state = (_context: unknown, { agent_state }: JsonObject): string | null => {
    reports.push((agent_state as { readonly agent_state: JsonObject }).agent_state);
    const answer = answers[reports.length - 1];
    return answer === undefined ? 'alive' : answer();
  };
  parts.use(await broker.connect().listen({ topic: topics.reports, server: 'server', endpoints: [{ version: '1.2', methods: { report_state } }] }));
  return reports;
}

function report(onRevived?: () => void): void {
  const environment = { transport: broker.connect(), host: 'here', log: pino({ level: 'silent' }), reportIntervalMs: INTERVAL_MS };
  parts.use(startStateReports(environment, () => ({ host: 'here' }) as AgentState, onRevived));
}

test.each([
  ['that fails', () => { throw new Error('the database is away'); }],
  ["that Neutron's server passes over, being older than itself,", () => null],
])('a report %s is repeated before the next interval, as the first', async (_what, answer) => {
  const reports = await serve(answer);
  report();
  await expect.poll(() => reports.length).toBe(2);
  expect(reports.map(({ start_flag }) => start_flag)).toEqual([true, true]);
});

test('an agent that hears that it was thought dead says so to whoever synchronises', async () => {
  await serve(() => 'revived');
  const revived = Promise.withResolvers<void>();
  report(revived.resolve);
  await revived.promise;
});
