import { spawn } from 'node:child_process';
import type { RunResult } from '@neutrino/agent/privileged/run';
import type { Host } from '../host/host.ts';
import { commandInside, namespaceOfInstance } from '../instances/instance-namespace.ts';
import type { InstanceRecord } from '../instances/instance-record.ts';

/** What a person would do at an instance's console. */
export interface Guest {
  readonly record: InstanceRecord;
  /** Whether `address` answers one of `count` pings sent from this instance (from `source` where given). */
  pings(address: string, options?: { readonly source?: string; readonly count?: number }): Promise<boolean>;
  /** The body at `url`, or undefined where nothing answers within `seconds`. */
  fetches(url: string, seconds?: number): Promise<string | undefined>;
  /** Serves `text` over HTTP until the instance goes. */
  serves(port: number, text: string): void;
  run(argv: readonly [string, ...string[]], accept?: readonly number[]): Promise<RunResult>;
}

/** Prints the body at a URL; ends with 1 where there is none within the time. */
const FETCH = `
const [url, timeout] = process.argv.slice(1);
fetch(url, { signal: AbortSignal.timeout(Number(timeout)) })
  .then(async (response) => process.stdout.write(await response.text(), () => process.exit(response.ok ? 0 : 1)))
  .catch(() => process.exit(1));
`;

export function guestOf(host: Host, record: InstanceRecord): Guest {
  const netns = namespaceOfInstance(record);
  const execute: Guest['run'] = (argv, accept = []) => host.run(argv, { netns, accept });
  return {
    record,
    run: execute,
    async pings(address, { source, count = 3 } = {}) {
      const from = source === undefined ? [] : ['-I', source];
      const { code } = await execute(['ping', '-n', '-q', '-c', '1', '-w', String(count), ...from, address], [1, 2]);
      return code === 0;
    },
    async fetches(url, seconds = 5) {
      const { code, stdout } = await execute([process.execPath, '--eval', FETCH, url, String(seconds * 1000)], [1]);
      return code === 0 ? stdout : undefined;
    },
    serves(port, text) {
      const answer = `HTTP/1.0 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
      const server = `require('net').createServer((s) => s.on('error', () => {}).end(${JSON.stringify(answer)})).listen(${port}, '0.0.0.0')`;
      const [program, ...args] = commandInside(host, record, [process.execPath, '--eval', server]);
      spawn(program as string, args, { detached: true, stdio: 'ignore', cwd: '/' }).unref();
    },
  };
}
