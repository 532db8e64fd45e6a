import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What stands before a program's name so that it runs on another host, or in another namespace. */
type Enter = readonly string[];

export interface SteadyConnection extends AsyncDisposable {
  /** Ends it. Rejects where it had broken. */
  readonly end: () => Promise<{ readonly received: number; readonly longestGapMs: number }>;
}

interface ConnectionEnds {
  readonly from: Enter;
  readonly to: Enter;
  readonly address: string;
  readonly port: number;
  /** The address as who is connected to knows it. Default: the same. */
  readonly at?: string;
}

const program = fileURLToPath(new URL('./steady-connection-process.ts', import.meta.url));

/** A TCP connection from one place to an address of another, with a byte each way every 10 ms. */
export async function steadyConnection({ from, to, address, port, at = address }: ConnectionEnds): Promise<SteadyConnection> {
  const server = await start([...to, process.execPath, program, 'serve', at, String(port)]);
  const client = await start([...from, process.execPath, program, 'hold', address, String(port)]);
  const dispose = (): void => [client, server].forEach(({ child }) => child.kill('SIGKILL'));
  return {
    async end() {
      const { child, printed } = client;
      const closed = once(child, 'close');
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await closed;
      }
      dispose();
      const result = JSON.parse(printed().trim().split('\n').at(-1) ?? '') as { readonly error?: string; readonly received: number; readonly longestGapMs: number };
      if (result.error !== undefined) throw new Error(result.error);
      return result;
    },
    [Symbol.asyncDispose]: async () => dispose(),
  };
}

async function start([file = '', ...args]: readonly string[]): Promise<{ readonly child: ChildProcess; readonly printed: () => string }> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.startsWith('ready\n')) resolve();
    });
    child.once('close', (code) => reject(new Error(`the program ended with ${code}: ${text}`)));
  });
  return { child, printed: () => text };
}
