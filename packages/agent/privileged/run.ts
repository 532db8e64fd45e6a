import { spawn } from 'node:child_process';

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
  /** Runs inside this named network namespace (`ip netns exec`). */
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
export function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const full = options.netns === undefined ? argv : ['ip', 'netns', 'exec', options.netns, ...argv];
  const [program, ...args] = full as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 30_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, LC_ALL: 'C', ...options.env },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that ends without reading its input breaks the pipe; its exit code tells what matters.
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code) => {
      const errors = Buffer.concat(stderr).toString();
      if (code === 0 || (code !== null && (options.accept ?? []).includes(code))) {
        resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: errors });
      } else {
        reject(new CommandFailed(full, code, errors));
      }
    });
    child.stdin.end(options.input ?? '');
  });
}
