import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProgram, StartOptions } from './host-program.ts';
import type { LabHost } from './lab-host.ts';

/** What runs beside the project's programs: a database, a broker … It can be killed and started again, on what it had on disk. */
export interface HostService {
  readonly program: HostProgram;
  start(): Promise<void>;
  /** kill -9 of all its processes. */
  kill(): Promise<void>;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
  /** In words, with the last that it wrote, where it has ended and nobody ended it. */
  unaskedEnd(): Promise<string | undefined>;
}

export interface ServiceOptions extends StartOptions {
  /** It is up when something listens on all of these. */
  readonly ports: readonly number[];
}

/** Starts it; resolves when it listens. */
export async function startService(host: LabHost, name: string, argv: readonly string[], { ports, ...options }: ServiceOptions): Promise<HostService> {
  const launch = async (): Promise<HostProgram> => {
    const program = await host.start(name, argv, options);
    await untilListening(host, program, ports);
    return program;
  };
  let program = await launch();
  let isWanted = true;
  const end = async (graceMs: number): Promise<void> => {
    isWanted = false;
    await program.stop(graceMs);
  };
  return {
    get program() {
      return program;
    },
    async start() {
      program = await launch();
      isWanted = true;
    },
    kill: () => end(0),
    stop: () => end(60_000),
    async unaskedEnd() {
      if (!isWanted || program.isRunning()) return undefined;
      const status = await program.ended();
      return `${name} on ${host.name} has ended, ${status === null ? 'killed by a signal' : `with status ${status}`}, and nobody here ended it:\n${program.output().slice(-4000)}`;
    },
  };
}

/** Reads the host's sockets, which costs no process. */
async function untilListening(host: LabHost, program: HostProgram, ports: readonly number[]): Promise<void> {
  for (const deadline = Date.now() + 300_000; Date.now() < deadline && program.isRunning(); await sleep(20)) {
    if (ports.every((port) => listens(host, port))) return;
  }
  throw new Error(`${program.name} did not come up on ${host.name}:\n${program.output().slice(-4000)}`);
}

function listens(host: LabHost, port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  // sl local_address rem_address st …; 0A: listening. proc_pid_net(5).
  return ['tcp', 'tcp6'].some((table) => host.read(`/proc/1/net/${table}`).split('\n').some((line) => line.trim().split(/\s+/, 4)[1]?.endsWith(local) === true && line.trim().split(/\s+/, 4)[3] === '0A'));
}
