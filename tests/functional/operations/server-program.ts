import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@neutrino/agent/privileged/run';
import { freePort } from '../../support/free-port.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** neutron-server as a program of its own, over SQLite, without authentication. */
export interface ServerProgram extends AsyncDisposable {
  readonly url: string;
  /** The configuration file, which the program reads again at SIGHUP. */
  configure(settings: string): void;
  signal(signal: NodeJS.Signals): void;
  log(): string;
}

const programs = resolve(import.meta.dirname, '../../../packages/server/cmd');
const program = (name: string): readonly [string, ...string[]] => [process.execPath, '--conditions=neutrino-source', join(programs, `${name}.ts`)];

/** `settings`: lines of a configuration file, those of [DEFAULT] first. */
export async function serverProgram(settings = ''): Promise<ServerProgram> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory());
  const port = await freePort();
  const [file, log] = [join(directory.path, 'neutron.conf'), join(directory.path, 'server.log')];
  const configure = (given: string): void =>
    writeFileSync(file, `[DEFAULT]\nauth_strategy = noauth\nbind_host = 127.0.0.1\nbind_port = ${port}\nstate_path = ${directory.path}\nlog_file = ${log}\nuse_json = true\n${given}`);
  configure(settings);
  await run([...program('neutron-db-manage'), '--config-file', file, 'upgrade', 'head']);
  const [node, ...args] = program('neutron-server');
  const child = spawn(node, [...args, '--config-file', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 30_000;
  while ((await fetch(url).catch(() => undefined))?.ok !== true) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`neutron-server did not come up:\n${readFileSync(log, 'utf8')}`);
    await sleep(20);
  }
  const running = stack.move();
  return {
    url,
    configure,
    signal: (signal) => void child.kill(signal),
    log: () => readFileSync(log, 'utf8'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
