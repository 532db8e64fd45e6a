import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { scratchDatabase } from './scratch-database.ts';

const program = fileURLToPath(new URL('../../../bin/neutron-server', import.meta.url));

interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly url: string;
  /** What it logged. */
  readonly lines: readonly { readonly worker?: string; readonly pid: number; readonly msg: string }[];
}

async function startServer(database: string, settings: string): Promise<Running> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const file = join(directory.path, 'neutron.conf');
  writeFileSync(file, `[DEFAULT]\nauth_strategy = noauth\nbind_host = 127.0.0.1\nbind_port = ${port}\n${settings}\n[database]\nconnection = ${database.replaceAll('$', '$$$$')}\n`);
  const child = spawn(program, ['--config-file', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: Running['lines'][number][] = [];
  createInterface({ input: child.stderr }).on('line', (line) => void lines.push(JSON.parse(line) as Running['lines'][number]));
  return {
    process: child,
    url: `http://127.0.0.1:${port}`,
    lines,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      directory[Symbol.dispose]();
    },
  };
}

async function until(condition: () => boolean, lines: Running['lines']): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it did not come to that: ${lines.map(({ worker = "-", pid, msg }) => `${worker} ${String(pid)} ${msg}`).join('; ')}`);
    await sleep(20);
  }
}
const answering = ({ lines }: Running): readonly string[] => lines.flatMap(({ worker, msg }) => (msg === 'the network API answers' ? [worker ?? ''] : []));
const pidOf = ({ lines }: Running, worker: string): number => lines.findLast((line) => line.worker === worker && line.msg === 'the network API answers')?.pid ?? 0;
const createNetwork = (url: string) =>
  fetch(`${url}/v2.0/networks`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Project-Id': 'p', Connection: 'close' }, body: '{"network": {}}' });
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('the workers of a server share its port; one that is killed is replaced, and none outlives the server', async () => {
  await using scratch = await scratchDatabase();
  await using server = await startServer(scratch.url, 'api_workers = 2');
  await until(() => answering(server).length === 2, server.lines);
  expect(answering(server).toSorted()).toEqual(['api-1', 'api-2']);
  const made = await Promise.all(Array.from({ length: 12 }, () => createNetwork(server.url)));
  expect(made.map(({ status }) => status)).toEqual(Array(12).fill(201));
  await until(() => new Set(server.lines.flatMap(({ worker, msg }) => (msg === 'request' ? [worker] : []))).size === 2, server.lines);

  const victim = pidOf(server, 'api-1');
  process.kill(victim, 'SIGKILL');
  await until(() => answering(server).length === 3, server.lines);
  expect(pidOf(server, 'api-1')).not.toBe(victim);
  expect((await createNetwork(server.url)).status).toBe(201);
  expect(await scratch.db.selectFrom('networks').select('id').execute()).toHaveLength(13);

  const workers = ['api-1', 'api-2'].map((name) => pidOf(server, name));
  const ended = once(server.process, 'exit');
  server.process.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(workers.filter(isAlive)).toEqual([]);
}, 120_000);

test('workers stop when the server that they belong to is killed', async () => {
  await using scratch = await scratchDatabase();
  await using server = await startServer(scratch.url, 'api_workers = 2');
  await until(() => answering(server).length === 2, server.lines);
  const workers = ['api-1', 'api-2'].map((name) => pidOf(server, name));
  server.process.kill('SIGKILL');
  await until(() => !workers.some(isAlive), server.lines);
}, 120_000);

test('a server whose first worker cannot start ends, and says why once', async () => {
  await using scratch = await scratchDatabase({ migrated: false });
  await using server = await startServer(scratch.url, 'api_workers = 3');
  expect(await once(server.process, 'exit')).toEqual([1, null]);
  expect(server.lines.filter(({ msg }) => msg.includes('neutron-db-manage upgrade head'))).toHaveLength(1);
}, 120_000);
