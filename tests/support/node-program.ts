import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownGroup } from './hosts/own-group.ts';
import { processBehind } from './hosts/process-behind.ts';

/** A program of this project, run from its source. */
export interface NodeProgram extends AsyncDisposable {
  /** What it wrote to standard error and output. */
  output(): string;
  /** Resolves when it has written `text`; rejects when it ends before. */
  says(text: string, timeoutMs?: number): Promise<void>;
  /** Its exit status, when it ends by itself. */
  ended(): Promise<number | null>;
  /** SIGTERM; its exit status. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** `module`: "@neutrino/server/cmd/neutron-server". `enter`: what stands before a program's name so that it runs on another host. */
export function startProgram(module: string, args: readonly string[], enter: readonly string[] = []): NodeProgram {
  const argv = [...enter, process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve(module)), ...args];
  // setpriv: should this process be killed, so is the program.
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isOver()) return;
    const ended = once(child, 'exit');
    ownGroup(await processBehind(child)).signal(signal);
    await ended;
  };
  return {
    output: () => output,
    async says(text, timeoutMs = 120_000) {
      const deadline = Date.now() + timeoutMs;
      while (!output.includes(text)) {
        if (isOver() || Date.now() > deadline) throw new Error(`${module} did not say "${text}":\n${output.slice(-4000)}`);
        await sleep(20);
      }
    },
    async ended() {
      if (!isOver()) await once(child, 'exit');
      return child.exitCode;
    },
    async stop() {
      await end('SIGTERM');
      return child.exitCode;
    },
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}
