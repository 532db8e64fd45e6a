import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CLOUD, DEMO_CLOUD, readCloud } from '@neutrino/allinone/cloud-files';
import { findPrivateHost } from '@neutrino/allinone/host/private-host';
import type { Host } from '@neutrino/allinone/host/host';
import { describeStateDirectory, type StateDirectory } from '@neutrino/allinone/state-directory';
import { openSession, type Session } from '@neutrino/client/session';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const execute = promisify(execFile);
export const root = join(import.meta.dirname, '../..');
const NEUTRINO = join(root, 'bin/neutrino');

export interface Run {
  readonly process: ChildProcess;
  /** From the launcher's start to the line that says it is ready. */
  readonly readyMs: number;
  readonly output: () => string;
}

/** `neutrino up` on free ports in a state directory of the test's own. Disposing it leaves nothing behind. */
export interface NeutrinoService extends AsyncDisposable {
  readonly state: StateDirectory;
  /** Starts it (again); resolves when it says that it is ready. */
  up(...more: readonly string[]): Promise<Run>;
  /** SIGTERM, and its exit status. */
  stop(run: Run): Promise<number | null>;
  kill9(run: Run): Promise<void>;
  neutrino(...args: readonly string[]): Promise<string>;
  /** Debian's client, as the cloud of this service. */
  openstack(...args: readonly string[]): Promise<string>;
  /** Debian's old client, likewise. */
  neutronclient(...args: readonly string[]): Promise<string>;
  /** The administrator's session, and an ordinary project's. */
  admin(): Promise<Session>;
  user(): Promise<Session>;
  /** Fails without root. */
  host(): Host;
}

export async function neutrinoService(): Promise<NeutrinoService> {
  const directory = temporaryDirectory(0o755);
  const state = describeStateDirectory(join(directory.path, 'state'));
  const [port, identityPort] = [await freePort(), await freePort()];
  const runs: Run[] = [];
  const environment = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const end = async (run: Run, signal: NodeJS.Signals): Promise<void> => {
    if (run.process.exitCode !== null || run.process.signalCode !== null) return;
    run.process.kill(signal);
    await once(run.process, 'exit');
  };
  const neutrino = async (...args: readonly string[]): Promise<string> =>
    (await execute(NEUTRINO, ['--state-dir', state.path, ...args], { env: environment })).stdout;

  const client = async (program: string, args: readonly string[]): Promise<string> => {
    const env = { ...environment, OS_CLIENT_CONFIG_FILE: state.cloudsYaml, OS_CLOUD: CLOUD, PYTHONWARNINGS: 'ignore' };
    return (await execute(program, [...args], { env })).stdout;
  };

  return {
    state,
    async up(...more) {
      const started = performance.now();
      const child = spawn(NEUTRINO, ['up', '--state-dir', state.path, '--port', `${port}`, '--identity-port', `${identityPort}`, ...more], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: environment,
      });
      let output = '';
      const collect = (chunk: Buffer): void => void (output += chunk.toString());
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      const deadline = Date.now() + 120_000;
      while (!output.includes('Neutrino is ready')) {
        if (child.exitCode !== null || Date.now() > deadline) throw new Error(`neutrino up did not get ready:\n${output}`);
        await sleep(5);
      }
      const run: Run = { process: child, readyMs: performance.now() - started, output: () => output };
      runs.push(run);
      return run;
    },
    async stop(run) {
      await end(run, 'SIGTERM');
      return run.process.exitCode;
    },
    kill9: (run) => end(run, 'SIGKILL'),
    neutrino,
    openstack: (...args) => client('openstack', args),
    neutronclient: (...args) => client('/usr/bin/neutron', args),
    admin: () => openSession(readCloud(state, CLOUD)),
    user: () => openSession(readCloud(state, DEMO_CLOUD)),
    host() {
      const host = findPrivateHost(state);
      if (host === undefined) throw new Error('the service has no private host');
      return host;
    },
    async [Symbol.asyncDispose]() {
      for (const run of runs) await end(run, 'SIGKILL');
      await neutrino('destroy');
      directory[Symbol.dispose]();
    },
  };
}
