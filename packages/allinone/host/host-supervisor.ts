import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { childProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import type { Logger } from 'pino';
import { remove, writeWhole, type StateDirectory } from '../state-directory.ts';
import type { Host } from './host.ts';
import { HOST_TOPIC, type HostSettings } from './host-settings.ts';
import { end, identify, isAlive, readIdentity } from './process-identity.ts';

export interface HostSupervisor extends AsyncDisposable {
  /** undefined while the host process is down. */
  pid(): number | undefined;
  /** Resolves when the agents have reported and brought the host up to date for the first time. */
  readonly ready: Promise<void>;
}

const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;

/**
 * Keeps the process that runs this host's agents alive, on `host`, attached to the bus. It ends by itself
 * when this process goes, and one left over by an earlier service is ended before a new one starts: two
 * sets of agents never act on one host.
 */
export async function superviseHost(options: {
  readonly state: StateDirectory;
  readonly host: Host;
  readonly settings: HostSettings;
  readonly broker: Broker;
  readonly log: Logger;
}): Promise<HostSupervisor> {
  const { state, host, settings, broker, log } = options;
  const left = readIdentity(state.hostProcess);
  if (left !== undefined && isAlive(left)) await end(left, 1000);
  writeWhole(state.hostSettings, JSON.stringify(settings));

  let child: ChildProcess | undefined;
  let stopping = false;
  let restartMs = FIRST_RESTART_MS;
  let timer: NodeJS.Timeout | undefined;
  const output = createWriteStream(join(state.logs, 'agents.log'), { flags: 'a', mode: 0o600 });

  const start = (): void => {
    const [program, ...args] = [...host.enter, process.execPath, ...process.execArgv, hostProcessModule(), state.hostSettings];
    const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json' });
    child = started;
    const startedAt = Date.now();
    started.stdout?.pipe(output, { end: false });
    started.stderr?.pipe(output, { end: false });
    broker.attach(childProcessChannel(started));
    const identity = started.pid === undefined ? undefined : identify(started.pid);
    if (identity !== undefined) writeWhole(state.hostProcess, JSON.stringify(identity));
    started.once('error', (error) => log.error({ err: error }, 'the host process cannot be started'));
    started.once('exit', (code, signal) => {
      child = undefined;
      if (stopping) return;
      restartMs = Date.now() - startedAt > 30_000 ? FIRST_RESTART_MS : Math.min(restartMs * 2, LONGEST_RESTART_MS);
      log.error({ code, signal, restartMs }, 'the host process ended; it is started again');
      timer = setTimeout(start, restartMs);
    });
  };
  await using resources = new AsyncDisposableStack();
  const ready = Promise.withResolvers<void>();
  const transport = resources.use(broker.connect());
  const endpoint = { version: '1.0', methods: { host_ready: () => (ready.resolve(), null) } };
  resources.use(await transport.listen({ topic: HOST_TOPIC, server: settings.host, endpoints: [endpoint] }));
  start();
  const owned = resources.move();

  return {
    ready: ready.promise,
    pid: () => child?.pid,
    async [Symbol.asyncDispose]() {
      stopping = true;
      clearTimeout(timer);
      const identity = child?.pid === undefined ? undefined : identify(child.pid);
      if (identity !== undefined) await end(identity, 3000);
      await owned.disposeAsync();
      remove(state.hostProcess);
      output.end();
    },
  };
}

/** The same file extension as this module: source in development, JavaScript when built. */
function hostProcessModule(): string {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  return join(import.meta.dirname, `host-process.${extension}`);
}
