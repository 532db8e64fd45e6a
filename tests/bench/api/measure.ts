import { machineTime, processorTime } from './process-usage.ts';
import { RawClient, type RawAnswer } from './raw-client.ts';

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The process that the server's others descend from. */
  readonly pid: number;
  /** Of the database; absent where it is in the server. */
  readonly databasePid?: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

export interface Phase {
  readonly name: string;
  readonly concurrency: number;
  /** It ends after so many requests, or so many seconds, whichever comes first. */
  readonly requests: number;
  readonly seconds: number;
  /** What the figures count, where a request is for several. */
  readonly itemsPerRequest?: number;
  /** The request with this number; undefined: there is nothing left to do. */
  call(index: number): Call | undefined;
  answered?(answer: RawAnswer): void;
}

export interface Result {
  readonly phase: string;
  readonly requests: number;
  readonly failures: number;
  readonly itemsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time an item: of the server's processes, of the database's. */
  readonly serverCpu: number;
  readonly databaseCpu: number;
  /** Processors that anybody else kept busy meanwhile. Where it is not near 0 the times tell less than the processor times. */
  readonly others: number;
}

/** Each of the callers has one connection and sends the next request when the last one was answered. */
export async function measure(target: Target, phase: Phase): Promise<Result> {
  const { concurrency, requests, seconds, itemsPerRequest = 1 } = phase;
  const clients = Array.from({ length: concurrency }, () => new RawClient(target.url, target.headers));
  const times: number[] = [];
  let failures = 0;
  let next = 0;
  const before = sample(target);
  const started = performance.now();
  const caller = async (client: RawClient): Promise<void> => {
    while (next < requests && performance.now() - started < seconds * 1000) {
      const call = phase.call(next++);
      if (call === undefined) return;
      const sent = performance.now();
      const answer = await client.send(call.method, call.path, call.body).catch(() => undefined);
      if (answer === undefined || answer.status >= 300) {
        if (failures++ === 0) process.stderr.write(`  ${phase.name}: ${answer === undefined ? 'connection lost' : `${answer.status} ${answer.body.toString().slice(0, 300)}`}\n`);
        continue;
      }
      times.push(performance.now() - sent);
      phase.answered?.(answer);
    }
  };
  await Promise.all(clients.map(caller));
  const wall = performance.now() - started;
  const after = sample(target);
  for (const client of clients) client[Symbol.dispose]();
  times.sort((a, b) => a - b);
  const items = times.length * itemsPerRequest;
  const [server, database, own, machine] = [after.server - before.server, after.database - before.database, after.own - before.own, after.machine - before.machine];
  return {
    phase: `${phase.name}, ${concurrency} ${concurrency === 1 ? 'caller' : 'callers'}`,
    requests: times.length,
    failures,
    itemsPerSecond: (items / wall) * 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    serverCpu: server / items,
    databaseCpu: database / items,
    others: Math.max(0, (machine - server - database - own) / wall),
  };
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

function sample({ pid, databasePid }: Target): { readonly server: number; readonly database: number; readonly own: number; readonly machine: number } {
  const { user, system } = process.cpuUsage();
  return { server: processorTime(pid), database: databasePid === undefined ? 0 : processorTime(databasePid), own: (user + system) / 1000, machine: machineTime() };
}
