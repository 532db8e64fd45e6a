import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { HostProgram } from '../support/hosts/host-program.ts';
import type { Instance } from './instances.ts';

/** Who sends or receives: a namespace on a host. */
export type End = Pick<Instance, 'name' | 'host' | 'address'>;

/** What flows from one end to another: numbered datagrams, and a connection that is held. */
export interface Stream {
  readonly name: string;
  readonly from: End;
  readonly to: End;
  /** Where `from` finds the other; absent: at its address. */
  readonly at?: string;
}

export interface EndRole {
  readonly sendTo: readonly { readonly stream: string; readonly address: string }[];
  readonly holdTo: readonly { readonly stream: string; readonly address: string }[];
}

export interface EndReport {
  readonly sent: Readonly<Record<string, number>>;
  readonly received: Readonly<Record<string, readonly number[]>>;
  readonly held: Readonly<Record<string, { readonly answered: number; readonly longestMs: number; readonly broken: boolean }>>;
}

export interface StreamReport {
  readonly name: string;
  readonly sent: number;
  readonly lost: number;
  /** Numbers of the first and the last datagram that were lost: 50 are sent a second. */
  readonly lostFrom: number | undefined;
  readonly lostTo: number | undefined;
  /** The longest wait for an answer on the held connection. */
  readonly longestMs: number;
  readonly broken: boolean;
}

export interface Traffic extends AsyncDisposable {
  /** Resolves when each stream has got something through since. */
  untilFlowing(timeoutMs: number): Promise<void>;
  /** Ends the sending, waits for what is on its way, and counts. */
  count(): Promise<readonly StreamReport[]>;
}

/** What did not arrive for so long is lost. */
const UNDER_WAY_MS = 3_000;

const END = join(import.meta.dirname, 'traffic-end.ts');

export async function startTraffic(streams: readonly Stream[]): Promise<Traffic> {
  const instances = [...new Set(streams.flatMap(({ from, to }) => [from, to]))];
  const programs = new Map<End, HostProgram>();
  const start = async (instance: End): Promise<void> => {
    const of = streams.filter(({ from }) => from === instance).map(({ name, to, at }) => ({ stream: name, address: at ?? to.address }));
    const role: EndRole = { sendTo: of, holdTo: of };
    const program = await instance.host.start(`traffic-${instance.name}`, ['ip', 'netns', 'exec', instance.name, process.execPath, END, JSON.stringify(role)]);
    await program.says('ready');
    programs.set(instance, program);
  };
  await Promise.all(instances.map(start));
  // All of them listen.
  for (const program of programs.values()) program.signal('SIGHUP');

  const reportOf = async (instance: End): Promise<EndReport> => {
    const program = programs.get(instance);
    if (program === undefined) throw new Error(`no traffic runs in ${instance.name}`);
    const before = program.output().split('\n').length;
    program.signal('SIGUSR2');
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(10)) {
      const lines = program.output().split('\n');
      if (lines.length > before) return JSON.parse(lines.at(-2) ?? '') as EndReport;
    }
    throw new Error(`the traffic in ${instance.name} does not tell:\n${program.output().slice(-500)}`);
  };
  const reports = async (): Promise<readonly StreamReport[]> => {
    const ends = new Map(await Promise.all(instances.map(async (instance) => [instance, await reportOf(instance)] as const)));
    return streams.map(({ name, from, to }) => {
      const sent = ends.get(from)?.sent[name] ?? 0;
      const received = new Set(ends.get(to)?.received[name] ?? []);
      const lost = Array.from({ length: sent }, (_, index) => index + 1).filter((number) => !received.has(number));
      const { longestMs = 0, broken = true } = ends.get(from)?.held[name] ?? {};
      return { name, sent, lost: lost.length, lostFrom: lost[0], lostTo: lost.at(-1), longestMs, broken };
    });
  };
  return {
    async untilFlowing(timeoutMs) {
      const arrived = (report: StreamReport): number => report.sent - report.lost;
      const before = (await reports()).map(arrived);
      for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
        const now = await reports();
        if (now.every((report, index) => arrived(report) > (before[index] ?? 0) + 5)) return;
        if (Date.now() > deadline) throw new Error(`no traffic: ${JSON.stringify(now)}`);
      }
    },
    async count() {
      for (const program of programs.values()) program.signal('SIGUSR1');
      const sum = (all: readonly StreamReport[]): number => all.reduce((total, { lost }) => total + lost, 0);
      let last = await reports();
      for (let changed = Date.now(); sum(last) > 0 && Date.now() - changed < UNDER_WAY_MS; await sleep(200)) {
        const now = await reports();
        if (sum(now) !== sum(last)) changed = Date.now();
        last = now;
      }
      return last;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...programs.values()].map((program) => program.stop(0)));
    },
  };
}
