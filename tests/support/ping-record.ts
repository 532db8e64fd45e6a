import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProgram } from './hosts/host-program.ts';

/** What became of the packets of a ping that ran for a while. */
export interface PingRecord {
  readonly sent: number;
  readonly lost: number;
}

/** How long an answer may be under way where the machine is busy. */
const PATIENCE_MS = 20_000;

/**
 * Ends a ping that sends until it is told to stop. The answer to what it sent last may still be under way, so the count ends with a packet that was
 * answered after this was called; where no answer comes any more, all that were sent count.
 */
export async function endPing(ping: HostProgram): Promise<PingRecord> {
  const before = lastOf(ping.output());
  for (const deadline = Date.now() + PATIENCE_MS; lastOf(ping.output()) <= before && ping.isRunning() && Date.now() < deadline; ) await sleep(20);
  ping.signal('SIGINT');
  await ping.ended();
  const answered = new Set(answeredIn(ping.output()));
  const [, sent = '0'] = /(\d+) packets transmitted/.exec(ping.output()) ?? [];
  const last = Math.max(0, ...answered);
  return last > before ? { sent: last, lost: last - answered.size } : { sent: Number(sent), lost: Number(sent) - answered.size };
}

/** The number of the last packet that is spoken of. */
function lastOf(output: string): number {
  return Math.max(0, ...[...output.matchAll(/ icmp_seq=(\d+)/g)].map(([, number]) => Number(number)));
}

function answeredIn(output: string): readonly number[] {
  return [...output.matchAll(/ bytes from .* icmp_seq=(\d+) /g)].map(([, number]) => Number(number));
}
