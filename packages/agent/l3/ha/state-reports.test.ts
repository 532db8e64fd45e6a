import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createStateReports } from './state-reports.ts';

const log = pino({ level: 'silent' });
const plain = (states: ReadonlyMap<string, string>): string => [...states].map((each) => each.join(' ')).join(', ');

test('what the server knows is not told; what changes in one moment is one message', async () => {
  const told: string[] = [];
  using reports = createStateReports({ report: async (states) => void told.push(plain(states)), retryMs: 10, log });
  reports.note('a', 'backup', 'standby');
  reports.note('b', 'primary', 'standby');
  reports.note('c', 'backup', 'active');
  reports.note('b', 'primary', 'standby');
  await expect.poll(() => told).toEqual(['b active, c standby']);
  reports.note('b', 'backup', 'standby');
  await expect.poll(() => told.slice(1)).toEqual(['b standby']);
  reports.reset();
  reports.note('b', 'backup', 'standby');
  reports.note('c', 'primary', 'standby');
  await expect.poll(() => told.slice(2)).toEqual(['c active']);
});

test('a server that is away is told again, as things are by then, and not of routers that have gone', async () => {
  const told: string[] = [];
  let isAway = true;
  using reports = createStateReports({
    report: async (states) => {
      if (isAway) throw new Error('away');
      told.push(plain(states));
    },
    retryMs: 10,
    log,
  });
  reports.note('a', 'primary', undefined);
  reports.note('b', 'primary', undefined);
  await new Promise((resolve) => setTimeout(resolve, 60));
  reports.note('a', 'backup', undefined);
  reports.forget('b');
  isAway = false;
  await expect.poll(() => told).toEqual(['a standby']);
});
