import { fileURLToPath } from 'node:url';
import type { Instance } from './instance.ts';

const program = fileURLToPath(import.meta.resolve('../support/steady-connection-process.ts'));

/** A TCP connection between instances with a byte each way every 10 ms: ends it, and says how long it stood still at most. Rejects where it had broken. */
export async function steadyFlow(from: Instance, to: Instance, port: number): Promise<AsyncDisposable & { end(): Promise<number> }> {
  const start = ({ host, name }: Instance, ...args: readonly string[]) => host.start(`flow-${name}`, ['ip', 'netns', 'exec', name, process.execPath, program, ...args]);
  await using started = new AsyncDisposableStack();
  const server = started.use(await start(to, 'serve', to.address, String(port)));
  await server.says('ready');
  const client = started.use(await start(from, 'hold', to.address, String(port)));
  await client.says('ready');
  const owned = started.move();
  return {
    async end() {
      client.signal('SIGTERM');
      await client.ended();
      const result = JSON.parse(client.output().trim().split('\n').at(-1) ?? '') as { readonly error?: string; readonly longestGapMs: number };
      if (result.error !== undefined) throw new Error(result.error);
      return result.longestGapMs;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
