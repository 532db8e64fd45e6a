import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { L3Host } from './l3-host.ts';

/** A web server that tells who asks; connections on which nothing is asked stay. */
export async function answering(host: L3Host, machine: string): Promise<AsyncDisposable> {
  const program = `require('node:http').createServer({ headersTimeout: 0, requestTimeout: 0 }, (q, r) => r.end('${machine} hears ' + q.socket.remoteAddress.replace('::ffff:', ''))).listen(80, () => console.log('listens'))`;
  const argv = [...host.host.enter, 'ip', 'netns', 'exec', machine, process.execPath, '-e', program];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
