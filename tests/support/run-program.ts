import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program of the machine to its end. Throws with what it printed unless it ends with status 0. */
export async function runProgram([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  await execute(program, args, { env, cwd: '/', timeout: 120_000, killSignal: 'SIGKILL' });
}
