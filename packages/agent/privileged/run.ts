import type { Socket } from 'node:net';
import { spawnProcess } from './spawn-process.ts';

/** A command ended with a status that was not expected, or was killed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly argv: readonly string[];
  /** null when killed by a signal. */
  readonly code: number | null;
  readonly stderr: string;

  constructor(argv: readonly string[], code: number | null, stderr: string) {
    super(`${argv.join(' ')}: exit ${code ?? 'by signal'}: ${stderr.trim()}`);
    this.argv = argv;
    this.code = code;
    this.stderr = stderr;
  }
}

export interface RunOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  /** Runs inside this named network namespace . */
  readonly netns?: string;
  /** Exit codes besides 0 that are no failure. */
  readonly accept?: readonly number[];
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program by its argument vector, never through a shell. Rejects with CommandFailed unless it
 * ends with 0 or an accepted code within `timeoutMs` (default 30 000).
 */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const { netns, input = '', accept = [], timeoutMs = 30_000 } = options;
  const child = spawnProcess(argv, { netns, env: { ...process.env, LC_ALL: 'C', ...options.env } });
  const timer = setTimeout(() => process.kill(child.pid, 'SIGKILL'), timeoutMs);
  try {
    // A program that ends without reading its input breaks the pipe; its exit code tells what matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const code = await child.wait();
    if (code === 0 || (code !== null && accept.includes(code))) return { code, stdout, stderr };
    throw new CommandFailed(argv, code, stderr);
  } finally {
    clearTimeout(timer);
  }
}

/** All that comes out of a pipe until its last writer has closed it. */
function textOf(pipe: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    pipe.on('data', (chunk: Buffer) => chunks.push(chunk));
    pipe.on('error', reject);
    pipe.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
