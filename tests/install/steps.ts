import { execFile } from 'node:child_process';
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Does one thing and says so, with the seconds since the machine was switched on. The first that fails is the last. */
export async function step(what: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    process.stderr.write(`${what}:\n${await shell('systemctl list-units --failed --plain --no-legend; journalctl -b -q -n 80 -o short-monotonic', { accept: true })}\n`);
    throw error;
  }
  process.stdout.write(`${uptime().toFixed(0).padStart(4)} s  ${what}\n`);
}

/** Commands as an operator types them, as root in the project's folder. Resolves with what they print; rejects where one fails. */
export async function shell(commands: string, { env = {}, input = '', accept = false }: ShellOptions = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = execFile('bash', ['-ec', commands], { cwd: '/opt/neutrino', env: { ...ENVIRONMENT, ...env }, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      process.stderr.write(stderr);
      if (error === null || accept) resolve(stdout);
      else reject(new Error(`${commands}\n${String(error.code)}: ${stdout}`));
    });
    child.stdin?.end(input);
  });
}

interface ShellOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Whatever status it ends with. */
  readonly accept?: boolean;
}

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };

/** Asks again until what is told is undefined; rejects with what was told last. */
export async function until(whatIsWrong: () => Promise<string | undefined>, timeoutMs = 600_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const wrong = await whatIsWrong().catch((error: unknown) => String(error));
    if (wrong === undefined) return;
    if (Date.now() > deadline) throw new Error(wrong);
    // A question keeps an emulated processor from its answer.
    await sleep(3000);
  }
}
