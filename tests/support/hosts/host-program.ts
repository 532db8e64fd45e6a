import type { Host } from '@neutrino/allinone/host/host';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownGroup } from './own-group.ts';
import { processBehind } from './process-behind.ts';

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** A long-running program on a host. Its end is the end of its whole process group. */
export interface HostProgram extends AsyncDisposable {
  readonly name: string;
  /** As this process sees it. */
  readonly pid: number;
  isRunning(): boolean;
  /** What it wrote to standard output and error. */
  output(): string;
  /** Resolves when it has written that; rejects when it ends before, or in time does not. */
  says(what: string | RegExp, timeoutMs?: number): Promise<void>;
  /** To the program alone, not to those that it started. */
  signal(signal: NodeJS.Signals): void;
  /** As systemd stops a unit: SIGTERM, and what is left of its group after `graceMs` by SIGKILL. Gives the exit status. */
  stop(graceMs?: number): Promise<number | null>;
  /** kill -9 of the program alone. */
  kill(): Promise<void>;
  /** Its exit status, when it ends. */
  ended(): Promise<number | null>;
}

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root', PYTHONWARNINGS: 'ignore' };

/** `log`: the file that takes what it writes, as this process sees it. */
export async function startOnHost(host: Host, name: string, log: string, argv: readonly string[], options: StartOptions = {}): Promise<HostProgram> {
  const output = outputIn(log);
  const writing = openSync(log, 'a');
  const [program, ...args] = [...host.enter, 'setsid', ...argv] as [string, ...string[]];
  const child = spawn(program, args, { cwd: '/', env: { ...ENVIRONMENT, ...options.env }, stdio: ['ignore', writing, writing] });
  closeSync(writing);
  const over = once(child, 'exit');
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const pid = await processBehind(child);
  const group = ownGroup(pid);
  // What enters the host for a program stops itself when the program is stopped, and sees nothing of its end until it goes on.
  const goOn = (): void => void child.kill('SIGCONT');
  const ended = async (): Promise<number | null> => {
    if (isRunning()) await over;
    return child.exitCode;
  };
  const stop = async (graceMs = 10_000): Promise<number | null> => {
    if (isRunning()) {
      group.signal('SIGTERM');
      await Promise.race([over, sleep(graceMs, undefined, { ref: false })]);
    }
    group.kill();
    goOn();
    return await ended();
  };
  return {
    name,
    pid: pid ?? child.pid ?? -1,
    isRunning,
    output,
    async says(what, timeoutMs = 60_000) {
      const deadline = Date.now() + timeoutMs;
      const isSaid = typeof what === 'string' ? () => output().includes(what) : () => what.test(output());
      while (!isSaid()) {
        if (!isRunning() || Date.now() > deadline) throw new Error(`${name} did not say ${String(what)}${isRunning() ? '' : ', and ended'}:\n${output().slice(-4000)}`);
        await sleep(20);
      }
    },
    signal(signal) {
      group.signal(signal);
      if (signal === 'SIGCONT') goOn();
    },
    stop,
    async kill() {
      if (isRunning()) group.signal('SIGKILL');
      goOn();
      await ended();
    },
    ended,
    async [Symbol.asyncDispose]() {
      await stop(0);
    },
  };
}

/** What is added to the file from now on. It can be read when nothing leads to the file any more. */
function outputIn(file: string): () => string {
  const reading = openSync(file, 'a+');
  const chunk = Buffer.alloc(65_536);
  let position = fstatSync(reading).size;
  let text = '';
  return () => {
    for (;;) {
      const length = readSync(reading, chunk, 0, chunk.length, position);
      if (length === 0) return text;
      position += length;
      text += chunk.toString('utf8', 0, length);
    }
  };
}
