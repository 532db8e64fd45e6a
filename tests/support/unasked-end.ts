import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Watches a server that others rely on: what fails after its end is none of their fault. */
export interface WatchedEnd {
  /** It is about to be ended: its end is nothing to tell of. */
  expect(): void;
  /** In words, with the last lines that it wrote; undefined where it runs, or was to end. */
  unasked(): string | undefined;
}

/** Tells of an unasked end at once, amid what the tests print. `output`: the file that takes what it writes. */
export function watchEnd(name: string, server: ChildProcess, output: string): WatchedEnd {
  let isExpected = false;
  let told: string | undefined;
  server.once('exit', (status, signal) => {
    if (isExpected) return;
    const how = signal === null ? `status ${String(status)}` : `signal ${signal}`;
    told = `${name} (pid ${String(server.pid)}) ended unasked, with ${how}, after it had written:\n${readFileSync(output, 'utf8').slice(-4000)}`;
    console.error(told);
  });
  return { expect: () => void (isExpected = true), unasked: () => told };
}
