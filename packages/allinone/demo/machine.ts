import { spawn } from 'node:child_process';
import type { RunResult } from '@neutrino/agent/privileged/run';
import type { Host } from '../host/host.ts';

/** What a person would do at a machine's console. */
export interface Machine {
  /** Whether `address` answers one of `count` pings sent from here (from `source` where given). */
  pings(address: string, options?: { readonly source?: string; readonly count?: number }): Promise<boolean>;
  /** The body at `url`, or undefined where nothing answers within `seconds`. */
  fetches(url: string, seconds?: number): Promise<string | undefined>;
  /** Serves `text` over HTTP until the machine goes; CALLER in it becomes the address of who asks. */
  serves(port: number, text: string): void;
  run(argv: readonly [string, ...string[]], accept?: readonly number[]): Promise<RunResult>;
}

/** In a text that a machine serves. */
export const CALLER = '{caller}';

/** Prints the body at a URL; ends with 1 where there is none within the time. */
const FETCH = `
const [url, timeout] = process.argv.slice(1);
fetch(url, { signal: AbortSignal.timeout(Number(timeout)) })
  .then(async (response) => process.stdout.write(await response.text(), () => process.exit(response.ok ? 0 : 1)))
  .catch(() => process.exit(1));
`;

/** Answers without reading the question. */
const SERVE = `
const [port, text] = process.argv.slice(1);
require('net')
  .createServer((s) => {
    const body = text.replace('${CALLER}', s.remoteAddress);
    s.on('error', () => {}).end('HTTP/1.0 200 OK\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body);
  })
  .listen(Number(port), '0.0.0.0');
`;

export function machineIn(host: Host, netns: string): Machine {
  const execute: Machine['run'] = (argv, accept = []) => host.run(argv, { netns, accept });
  return {
    run: execute,
    async pings(address, { source, count = 10 } = {}) {
      const from = source === undefined ? [] : ['-I', source];
      const { code } = await execute(['ping', '-n', '-q', '-c', '1', '-w', String(count), ...from, address], [1, 2]);
      return code === 0;
    },
    async fetches(url, seconds = 5) {
      const { code, stdout } = await execute([process.execPath, '--eval', FETCH, url, String(seconds * 1000)], [1]);
      return code === 0 ? stdout : undefined;
    },
    serves(port, text) {
      const [program, ...args] = [...host.enter, 'ip', 'netns', 'exec', netns, process.execPath, '--eval', SERVE, String(port), text];
      spawn(program, args, { detached: true, stdio: 'ignore', cwd: '/' }).unref();
    },
  };
}
