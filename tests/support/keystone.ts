import { run } from '@neutrino/agent/privileged/run';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from './capabilities.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Debian's `keystone` package. */
export const realKeystone = command('keystone-wsgi-public');

export interface Keystone extends KeystoneAdmin, AsyncDisposable {
  /** "http://127.0.0.1:PORT/v3" */
  readonly authUrl: string;
  /** Of user admin in project admin, domain Default (id `default`). */
  readonly adminPassword: string;
}

/** Where `bootstrap` says that everything is. */
export const REGION = 'RegionOne';

/** What a Keystone lets its user admin do. */
export interface KeystoneAdmin {
  readonly region: string;
  /** An authorised request to its API: `request('POST', '/users', { user: { … } })`. Throws unless it succeeds. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** A token of the admin. */
  token(): Promise<string>;
}

// Debian's programs are Python ones; another Python earlier in PATH must not take them over.
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };

/** A Keystone with its own SQLite database and keys below a directory. */
export const keystoneConfiguration = (directory: string): string => `
[DEFAULT]
log_file = ${directory}/keystone.log
[database]
connection = sqlite:///${directory}/keystone.sqlite
[token]
provider = fernet
[identity]
# The least that bcrypt takes: tests log in often.
password_hash_rounds = 4
[fernet_tokens]
key_repository = ${directory}/fernet-keys
[fernet_receipts]
key_repository = ${directory}/fernet-keys
[credential]
key_repository = ${directory}/credential-keys
`;

/**
 * Starts a real Keystone on a free port of 127.0.0.1, with its own SQLite database, bootstrapped as
 * `keystone-manage bootstrap` does: domain Default, project and user admin, roles admin, member and reader.
 * Takes some 6 s. Needs `requires(realKeystone)`.
 */
export async function startKeystone(): Promise<Keystone> {
  const directory = temporaryDirectory();
  const config = join(directory.path, 'keystone.conf');
  writeFileSync(config, keystoneConfiguration(directory.path));
  for (const repository of ['fernet-keys', 'credential-keys']) {
    mkdirSync(join(directory.path, repository), { mode: 0o700 });
    for (const key of ['0', '1']) {
      const text = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      writeFileSync(join(directory.path, repository, key), text, { mode: 0o600 });
    }
  }
  const port = await freePort();
  const authUrl = `http://127.0.0.1:${port}/v3`;
  const adminPassword = randomBytes(12).toString('hex');
  const manage = (...args: readonly string[]) =>
    run(['/usr/bin/keystone-manage', '--config-file', config, ...args], { env: ENVIRONMENT, timeoutMs: 120_000 });
  let server: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (server?.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    directory[Symbol.dispose]();
  };
  try {
    await manage('db_sync');
    // Keystone leaves reading transactions open; without a write-ahead log they would keep its next write out.
    const database = new DatabaseSync(join(directory.path, 'keystone.sqlite'));
    database.exec('pragma journal_mode = wal');
    database.close();
    const urls = ['admin', 'internal', 'public'].flatMap((kind) => [`--bootstrap-${kind}-url`, authUrl]);
    await manage('bootstrap', '--bootstrap-password', adminPassword, '--bootstrap-region-id', REGION, ...urls);
    const output = join(directory.path, 'server.out');
    const log = openSync(output, 'a');
    // setpriv: should this process be killed, so is Keystone.
    server = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/bin/keystone-wsgi-public', '--host', '127.0.0.1', '--port', String(port), '--', '--config-file', config], {
      env: { ...ENVIRONMENT, OS_KEYSTONE_CONFIG_DIR: directory.path },
      stdio: ['ignore', log, log],
    });
    await untilAnswers(authUrl, server, output);
    return { authUrl, adminPassword, ...adminOf(authUrl, adminPassword), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilAnswers(url: string, server: ChildProcess, output: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (server.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`Keystone did not come up:\n${readFileSync(output, 'utf8').slice(-2000)}`);
}

/** Logs in with the first request. */
export function adminOf(authUrl: string, password: string): KeystoneAdmin {
  let login: Promise<string> | undefined;
  const token = (): Promise<string> => (login ??= logIn(authUrl, password));
  return {
    region: REGION,
    token,
    async request(method, path, body) {
      const answer = await fetch(`${authUrl}${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-auth-token': await token() },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

async function logIn(authUrl: string, password: string): Promise<string> {
  const domain = { id: 'default' };
  const answer = await fetch(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: 'admin', domain, password } } },
        scope: { project: { name: 'admin', domain } },
      },
    }),
  });
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new Error(`Keystone refused the admin: ${answer.status} ${await answer.text()}`);
  return token;
}
