import { setTimeout as sleep } from 'node:timers/promises';
import type { HostService } from '../support/hosts/host-service.ts';
import { disagreements } from './agreement.ts';
import type { Cloud } from './cloud.ts';
import type { Fault } from './faults.ts';
import { randomFrom } from './random.ts';
import { startTraffic, type StreamReport } from './traffic.ts';
import { startWrites } from './writes.ts';

/** How soon after the healing of a fault API, kernels and agents must agree, where the machine has nothing else to do. */
const AGREE_MS = 30_000;

/** So many are acknowledged before there is a fault. */
const ENOUGH_WRITES = 5;

/** What became of a fault. */
export interface Outcome {
  readonly fault: string;
  /** From the healing to agreement; undefined: never. */
  readonly agreedMs: number | undefined;
  readonly acknowledged: number;
  /** Requests that failed, or were not answered. */
  readonly failed: number;
  readonly lostWrites: readonly string[];
  readonly sent: number;
  readonly lostPackets: number;
  /** Of an answer on a connection that was held. */
  readonly longestMs: number;
  /** What was not as it should be, but for lost writes and packets. */
  readonly complaints: readonly string[];
}

export interface SufferOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly tell: (text: string) => void;
  /** Until they agree. Default: as long as it may take on a machine that has nothing else to do. */
  readonly agreeMs?: number;
}

export function isGood({ lostWrites, lostPackets, complaints }: Outcome): boolean {
  return lostWrites.length === 0 && lostPackets === 0 && complaints.length === 0;
}

/** Inflicts a fault while instances talk and the API is written to, heals it, and looks what it did. */
export async function suffer(cloud: Cloud, fault: Fault, { seconds, seed, tell, agreeMs = AGREE_MS }: SufferOptions): Promise<Outcome> {
  await using traffic = await startTraffic(cloud.streams);
  await traffic.untilFlowing(90_000);
  const writes = startWrites(cloud, seed);
  await sleep(3000);
  for (const deadline = performance.now() + 60_000; writes.acknowledged <= ENOUGH_WRITES && performance.now() < deadline; ) await sleep(100);
  tell(`${fault.name}, for ${seconds} s`);
  const heal = await fault.inflict(cloud, randomFrom(seed));
  await sleep(seconds * 1000);
  tell('it is healed');
  await heal();
  const healed = performance.now();
  await sleep(2000);
  await writes.stop();
  const { agreedMs, complaints, last } = await untilAgreed(cloud, healed, agreeMs);
  for (const complaint of complaints.slice(0, 20)) tell(`  ${complaint}`);
  if (complaints.length === 0 && (agreedMs ?? 0) > agreeMs / 2) for (const complaint of last.slice(0, 20)) tell(`  agreed late: ${complaint}`);
  // What was interrupted must have begun again.
  const flows = await traffic.untilFlowing(30_000).then(() => [], (error: unknown) => [String(error)]);
  const reports = await traffic.count();
  for (const report of reports) tell(`  ${describe(report)}`);
  const spared = reports.filter(({ name }) => fault.spares?.(name, cloud) !== true);
  const lostWrites = await writes.lost();
  for (const lost of lostWrites) tell(`  ${lost}`);
  const [acknowledged, failed] = [writes.acknowledged, writes.failed];
  await writes.clear();
  return {
    fault: fault.name,
    agreedMs,
    acknowledged,
    failed,
    lostWrites,
    sent: spared.reduce((sum, { sent }) => sum + sent, 0),
    lostPackets: spared.reduce((sum, { lost }) => sum + lost, 0),
    longestMs: Math.max(...spared.map(({ longestMs }) => longestMs)),
    complaints: [...complaints, ...flows, ...spared.filter(({ broken }) => broken).map(({ name }) => `the connection ${name} broke`)],
  };
}

/** Whether and when API, kernels and agents agreed. */
interface Agreement {
  /** Since the healing; undefined where it takes more than three times what it may. */
  readonly agreedMs: number | undefined;
  readonly complaints: readonly string[];
  /** What they agreed upon last. */
  readonly last: readonly string[];
}

export async function untilAgreed(cloud: Cloud, healed: number, agreeMs = AGREE_MS): Promise<Agreement> {
  for (let last: readonly string[] = []; ; await sleep(500)) {
    const complaints = [...(await endedUnasked(cloud)), ...(await disagreements(cloud).catch((error: unknown) => [String(error)]))];
    const elapsed = performance.now() - healed;
    if (complaints.length === 0) return { agreedMs: elapsed, complaints: elapsed > agreeMs ? ['it took too long; what came last:', ...last] : [], last };
    if (elapsed > 3 * agreeMs) return { agreedMs: undefined, complaints, last };
    last = complaints;
  }
}

/** A database or broker that dies of itself is no fault of what is looked at here, and says why in its last words. */
async function endedUnasked({ lab: { services } }: Cloud): Promise<readonly string[]> {
  const ends = await Promise.all(Object.values(services).map((service: HostService) => service.unaskedEnd()));
  return ends.filter((end) => end !== undefined);
}

function describe({ name, sent, lost, lostFrom, lostTo, longestMs, broken }: StreamReport): string {
  return `${name}: ${sent} sent, ${lost} lost${lost === 0 ? '' : ` (${lostFrom} to ${lostTo})`}; the connection waited ${longestMs} ms at most${broken ? ', and broke' : ''}`;
}

